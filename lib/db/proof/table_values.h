/* SPDX-License-Identifier: MIT */
/* Corrects what a table's declaration suggests by what its columns hold. */
#ifndef LEAT_DB_PROOF_TABLE_VALUES_H
#define LEAT_DB_PROOF_TABLE_VALUES_H

#include "lib/db/proof/tables.h"

/* Takes the formats and kinds of the columns back that a default, a trigger, an expression or a row
 * contradicts. Looks at no more than 100,000 rows. */
void table_values_fit(struct conn *c, struct table *t);

#endif
