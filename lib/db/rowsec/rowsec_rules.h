/* SPDX-License-Identifier: MIT */
/* Whether a table can be owned as a document says, judged against a database that has it. */
#ifndef LEAT_DB_ROWSEC_ROWSEC_RULES_H
#define LEAT_DB_ROWSEC_ROWSEC_RULES_H

#include <stdbool.h>

#include "lib/db/engine/plan.h"

struct conn;

/* What keeps the table from being owned so; NULL: nothing does. Static. */
const char *rowsec_refuse(struct conn *c, const struct owned_table *t);
/* Whether the rows of one owner are found without walking the table. */
bool rowsec_is_indexed(struct conn *c, const struct owned_table *t);
/* Whether a foreign key from the one to the other leaves out whose the rows are: anybody could then
 * hang rows of his own on another's, who could not delete it any more. */
bool rowsec_is_stray(struct conn *c, const struct owned_table *from, const struct owned_table *to);

#endif
