/* SPDX-License-Identifier: MIT */
/* Proves the SQL of documents against a migrated database, before traffic sees it. */
#ifndef LEAT_API_OPERATION_PROVE_OPERATIONS_H
#define LEAT_API_OPERATION_PROVE_OPERATIONS_H

#include "lib/api/operation/operation.h"

struct conn;

enum { PROVE_WHERE = 512 };

/* Protects the owned tables, prepares every statement, and notes in its record what it reads,
 * writes and returns
 * ("columns", "types", "declared", "nullable", "is-write", "deletes"); api_load() builds on that.
 */
void prove_documents(struct json_object *documents, struct conn *conn, struct diags *diags);
/* Prepares every list as it will be wrapped for filters and paging, and warns of statements that
 * read a whole table, unless the operation says x-allow-scan. */
void prove_plans(const struct api *api, struct conn *conn, struct diags *diags);

/* Where byte `offset` of the step's SQL stands, or what `why` names (-1); perhaps in `out`. */
const char *prove_where(struct json_object *step, int offset, const char *why,
                        char out[PROVE_WHERE]);

#endif
