/* SPDX-License-Identifier: MIT */
/* Proves the SQL of documents against a migrated database, before any traffic. */
#ifndef LEAT_API_OPERATION_PROVE_OPERATIONS_H
#define LEAT_API_OPERATION_PROVE_OPERATIONS_H

#include "lib/api/operation/operation.h"

struct prover;

/* Protects the owned tables, prepares every statement, and records what it reads, writes and
 * returns ("columns", "types", "declared", "nullable", "is-write", "deletes"), which api_load()
 * builds on. An engine whose texts are not ordered by their bytes adds "texts", the columns that
 * are. */
void prove_documents(struct json_object *documents, struct prover *prover, struct diags *diags);
/* Prepares every list as composed with filters and paging, and warns of statements that read a
 * whole table, unless the operation has x-allow-scan. */
void prove_plans(const struct api *api, struct prover *prover, struct diags *diags);

#endif
