/* SPDX-License-Identifier: MIT */
/* Decides whether a table can be owned as a document says, judged by a database that has it. */
#ifndef LEAT_DB_ROWSEC_ROWSEC_RULES_H
#define LEAT_DB_ROWSEC_ROWSEC_RULES_H

#include <stdbool.h>

#include "lib/core/fault.h"
#include "lib/db/engine/plan.h"

struct conn;

/* Returns whether the table can be owned so; false with *fault if not. */
bool rowsec_allows(struct conn *c, const struct owned_table *t, struct fault *fault);
/* Returns why a column of this type (NULL: none) and collation cannot hold owners, or NULL. Another
 * one would find different subjects equal: 7 and 7.0, ann and ANN. */
const char *rowsec_refuse_type(const char *type, const char *collation);
/* Returns true if one owner's rows are found without walking the table. */
bool rowsec_is_indexed(struct conn *c, const struct owned_table *t);
/* Returns true if a foreign key between the tables does not include the owner: anyone could then
 * attach rows to a foreign row, whose owner could no longer delete it. */
bool rowsec_is_stray(struct conn *c, const struct owned_table *from, const struct owned_table *to);

#endif
