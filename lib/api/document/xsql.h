/* SPDX-License-Identifier: MIT */
/* The `x-sql` of an operation and the `x-tables` of a document, checked and made plain. */
#ifndef LEAT_API_DOCUMENT_XSQL_H
#define LEAT_API_DOCUMENT_XSQL_H

#include "lib/api/document/refs.h"

/* The "sql" member of an operation's record (document.h). The caller's. */
struct json_object *xsql_read(struct refs *refs, struct json_object *xsql);
/* The "rules" member of a document's record. The caller's. */
struct json_object *xsql_read_tables(struct refs *refs, struct json_object *tables);
/* The "owners" member: {table: column}; NULL: none has one. The caller's. */
struct json_object *xsql_read_owners(struct json_object *tables);

#endif
