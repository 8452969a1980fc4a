/* SPDX-License-Identifier: MIT */
/* Reads and checks the `x-sql` of an operation and the `x-tables` of a document. */
#ifndef LEAT_API_DOCUMENT_XSQL_H
#define LEAT_API_DOCUMENT_XSQL_H

#include "lib/api/document/refs.h"

/* Returns the "sql" member of an operation's record (document.h). The caller's. */
struct json_object *xsql_read(struct refs *refs, struct json_object *xsql);
/* Returns the "rules" member of a document's record. The caller's. */
struct json_object *xsql_read_tables(struct refs *refs, struct json_object *tables);
/* Returns the "owners" member, {table: column}, or NULL if no table has an owner. The caller's. */
struct json_object *xsql_read_owners(struct json_object *tables);

#endif
