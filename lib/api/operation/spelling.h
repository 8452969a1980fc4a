/* SPDX-License-Identifier: MIT */
/*
 * How SQL spells the names of parameters and properties that are no words: each character but a
 * letter, a digit and '_' is a '_', and those at both ends may be left out, since a leading '_' is
 * the server's own. So page[size] is :page_size_ or :page_size, $filter is :filter, X-Tenant is
 * :X_Tenant. Letters beyond ASCII are kept, or spelled '_' too: größe is :größe or :gr__e.
 */
#ifndef LEAT_API_OPERATION_SPELLING_H
#define LEAT_API_OPERATION_SPELLING_H

#include <stdbool.h>

/* Returns true if `name`, as SQL has it without ':', spells the declared name. */
bool spelling_matches(const char *declared, const char *name);

#endif
