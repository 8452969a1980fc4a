/* SPDX-License-Identifier: MIT */
/* Proves the SQL of documents against a migrated database, before any traffic. */
#ifndef LEAT_API_OPERATION_PROVE_OPERATIONS_H
#define LEAT_API_OPERATION_PROVE_OPERATIONS_H

#include "lib/api/operation/operation.h"
#include "lib/core/fault.h"

struct conn;

enum { PROVE_WHERE = 512 };

/* Protects the owned tables, prepares every statement, and records what it reads, writes and
 * returns ("columns", "types", "declared", "nullable", "is-write", "deletes"), which api_load()
 * builds on. */
void prove_documents(struct json_object *documents, struct conn *conn, struct diags *diags);
/* Prepares every list as composed with filters and paging, and warns of statements that read a
 * whole table, unless the operation has x-allow-scan. */
void prove_plans(const struct api *api, struct conn *conn, struct diags *diags);

/* Returns the place of the fault in the step's SQL, by its offset or by the first word that its
 * text names. Returns the place of the step if neither is known or `fault` is NULL. May write to
 * `out`. */
const char *prove_where(struct json_object *step, const struct fault *fault, char out[PROVE_WHERE]);

#endif
