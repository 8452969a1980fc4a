/* SPDX-License-Identifier: MIT */
/*
 * Reads the text of a statement, of which a document may have one for each engine:
 *
 *     sql: SELECT …
 *     sql: {file: list.sql}
 *     sql: {sqlite: SELECT …, postgresql: {file: list.postgresql.sql}}
 *
 * The record holds the one of the engine that is configured. A step without such a text is refused.
 */
#ifndef LEAT_API_DOCUMENT_XSQL_TEXT_H
#define LEAT_API_DOCUMENT_XSQL_TEXT_H

#include <stdbool.h>

#include "lib/api/document/refs.h"
#include "lib/db/sql/dialect.h"

/* Reads the `sql` of `owner` into the record of its step: "sql", "names", "source" and "places", and
 * "dialect" if it is not SQLite's. If there are texts for engines, "engines" lists these. */
void xsql_text_read(struct refs *refs, struct json_object *owner, struct json_object *step);

/* Returns the dialect of a step's "sql". */
const struct dialect *xsql_text_dialect(struct json_object *step);
/* Returns true if the document has a text of its own for that engine. */
bool xsql_text_is_for(struct json_object *step, const struct dialect *dialect);

#endif
