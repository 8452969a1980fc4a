/* SPDX-License-Identifier: MIT */
/* Resolution of URI references (RFC 3986, 5). The base may also be the path of a file, relative or
 * absolute: then a relative reference is a file beside it, and ".." may lead above its start. */
#ifndef LEAT_SCHEMA_URI_H
#define LEAT_SCHEMA_URI_H

#include <stdbool.h>

#include "lib/core/arena.h"

/* `ref` as seen from `base`, with its fragment. In the arena. */
const char *uri_resolve(struct arena *arena, const char *base, const char *ref);
/* Whether it begins with a scheme (RFC 3986, 3.1). */
bool uri_has_scheme(const char *uri);

#endif
