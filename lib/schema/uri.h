/* SPDX-License-Identifier: MIT */
/* Resolves URI references (RFC 3986, 5). The base may also be a file's path, relative or absolute:
 * a relative reference is then a file beside it, and ".." may lead above the start of the path. */
#ifndef LEAT_SCHEMA_URI_H
#define LEAT_SCHEMA_URI_H

#include <stdbool.h>

#include "lib/core/arena.h"

/* Resolves `ref` against `base`, keeping its fragment. In the arena. */
const char *uri_resolve(struct arena *arena, const char *base, const char *ref);
/* Returns true if the text begins with a scheme (RFC 3986, 3.1). */
bool uri_has_scheme(const char *uri);

#endif
