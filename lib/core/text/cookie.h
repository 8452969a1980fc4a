/* SPDX-License-Identifier: MIT */
/* Reads the Cookie field of a request (RFC 6265, 4.2.1): "name=value; name=value". */
#ifndef LEAT_CORE_TEXT_COOKIE_H
#define LEAT_CORE_TEXT_COOKIE_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Returns the value of the first cookie with that name, as it stands in `list`; data is NULL where
 * there is none. Several fields are joined by "; " before (RFC 9113, 8.2.3). */
struct slice cookie_find(struct slice list, const char *name);
/* Cuts the next cookie off the list. Returns false at its end. */
bool cookie_next(struct slice *list, struct slice *name, struct slice *value);

#endif
