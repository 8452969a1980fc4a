/* SPDX-License-Identifier: MIT */
/* Entity tags (RFC 9110, 8.8.3). */
#ifndef LEAT_CORE_TEXT_ETAG_H
#define LEAT_CORE_TEXT_ETAG_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Whether it is one strong tag: quoted, of printable characters without a quote (8.8.3). */
bool etag_is_strong(struct slice etag);
/* Whether an If-None-Match field (RFC 9110, 13.1.2; several of them joined by commas) names `etag`,
 * compared weakly, or is "*". What is malformed, and what follows it, matches nothing. */
bool etag_is_listed(struct slice list, struct slice etag);

#endif
