/* SPDX-License-Identifier: MIT */
/* OAuth scopes (RFC 6749, 3.3): words of printable ASCII without space, double quote and backslash.
 * A list of them is separated by single spaces. */
#ifndef LEAT_CORE_TEXT_SCOPE_H
#define LEAT_CORE_TEXT_SCOPE_H

#include "lib/core/slice.h"

/* Returns true if `text` is one scope. */
bool scope_is_token(struct slice text);
/* Returns true if `list` contains `scope`, which may be any text. */
bool scope_list_has(struct slice list, struct slice scope);

#endif
