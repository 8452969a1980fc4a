/* SPDX-License-Identifier: MIT */
/*
 * How SQL spells the names of parameters and properties that are not words: '_' stands for each
 * character that is not a letter, a digit or '_'. At both ends it may be left out, since names of
 * the server begin with '_'. So page[size] is :page_size_ or :page_size, $filter is :filter,
 * X-Tenant is :X_Tenant. Letters beyond ASCII are kept, or spelled '_' too: größe is :größe or
 * :gr__e.
 */
#ifndef LEAT_API_OPERATION_SPELLING_H
#define LEAT_API_OPERATION_SPELLING_H

#include <stdbool.h>

/* Returns true if `name`, as SQL has it without ':', spells the declared name. */
bool spelling_matches(const char *declared, const char *name);

#endif
