/* SPDX-License-Identifier: MIT */
/* The conditions under which a client wants its request performed (RFC 9110, 13.1.1 and 13.1.2). */
#ifndef LEAT_CORE_TEXT_PRECONDITION_H
#define LEAT_CORE_TEXT_PRECONDITION_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* The values of the fields, several of one name joined by commas; data is NULL if one is absent.
 * Borrowed. */
struct precondition {
    struct slice if_match, if_none_match;
};

enum precondition_result {
    PRECONDITION_HOLDS,
    PRECONDITION_NO_MATCH, /* If-Match is false */
    PRECONDITION_MATCH,    /* If-None-Match is false */
};

/* Returns true if the client sent a condition. */
bool precondition_is_set(const struct precondition *p);
/* Returns true if each field that is there is "*" or a list of entity tags (8.8.3). */
bool precondition_is_valid(const struct precondition *p);
/* Compares with the resource as it is. `tag` is its entity tag with quotes; data is NULL if the
 * resource does not exist, or has none. */
enum precondition_result precondition_compare(const struct precondition *p, bool exists,
                                              struct slice tag);

#endif
