/* SPDX-License-Identifier: MIT */
/* The x-sql of an operation's record as a plan. Internal to lib/api. */
#ifndef LEAT_API_BIND_H
#define LEAT_API_BIND_H

#include "lib/api/operation.h"

/* Sets op->plan, inputs and envelope from record["sql"]. */
void bind_sql(struct operation *op, struct json_object *record, struct json_object *rules,
              struct arena *arena, struct diags *diags);

#endif
