/* SPDX-License-Identifier: MIT */
/* Proves the SQL of documents against a migrated database, before traffic sees it. */
#ifndef LEAT_API_PROVE_H
#define LEAT_API_PROVE_H

#include "lib/api/operation.h"

struct conn;

/* Prepares every statement, and notes in its record what it reads, writes and returns
 * ("columns", "types", "declared", "nullable", "is-write", "deletes"); api_load() builds on that.
 */
void prove_documents(struct json_object *documents, struct conn *conn, struct diags *diags);
/* Prepares every list as it will be wrapped for filters and paging, and warns of statements that
 * read a whole table, unless the operation says x-allow-scan. */
void prove_plans(const struct api *api, struct conn *conn, struct diags *diags);

#endif
