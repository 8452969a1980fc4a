/* SPDX-License-Identifier: MIT */
/* Entity tags (RFC 9110, 8.8.3). A list is what If-Match and If-None-Match carry: tags separated by
 * commas. */
#ifndef LEAT_CORE_TEXT_ETAG_H
#define LEAT_CORE_TEXT_ETAG_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Returns true if `etag` is a single strong tag: quoted printable characters without a quote
 * (8.8.3). */
bool etag_is_strong(struct slice etag);
/* Returns true if the text is a list of at least one tag. */
bool etag_is_list(struct slice list);
/* Returns true if the list is "*" or has `etag` by weak comparison (8.8.3.2). A malformed part, and
 * all that follows it, matches nothing. */
bool etag_is_listed(struct slice list, struct slice etag);
/* Returns true if the list has `etag` by strong comparison: a weak tag matches nothing. */
bool etag_is_listed_strongly(struct slice list, struct slice etag);

#endif
