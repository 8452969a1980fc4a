/* SPDX-License-Identifier: MIT */
/* Entity tags (RFC 9110, 8.8.3). */
#ifndef LEAT_CORE_TEXT_ETAG_H
#define LEAT_CORE_TEXT_ETAG_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Returns true if `etag` is a single strong tag: quoted printable characters without a quote
 * (8.8.3). */
bool etag_is_strong(struct slice etag);
/* Returns true if an If-None-Match value (13.1.2; several fields joined by commas) is "*" or lists
 * `etag` by weak comparison. A malformed part and everything after it match nothing. */
bool etag_is_listed(struct slice list, struct slice etag);

#endif
