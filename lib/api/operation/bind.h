/* SPDX-License-Identifier: MIT */
/* Builds a plan from the x-sql of an operation's record. Internal to lib/api. */
#ifndef LEAT_API_OPERATION_BIND_H
#define LEAT_API_OPERATION_BIND_H

#include "lib/api/operation/operation.h"

/* Sets op->plan, inputs and envelope from record["sql"]; `document` is the record of the whole
 * document. */
void bind_sql(struct operation *op, struct json_object *record, struct json_object *document,
              struct arena *arena, struct diags *diags);

/* Binds x-concurrency of any operation. Where nothing is bound, a value that is not ours is another
 * tool's. */
void bind_concurrency(struct operation *op, struct json_object *record, struct diags *diags);
/* Binds x-sunset of any operation, with the same exception. */
void bind_sunset(struct operation *op, struct json_object *record, struct arena *arena,
                 struct diags *diags);

#endif
