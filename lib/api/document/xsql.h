/* SPDX-License-Identifier: MIT */
/* Reads and checks the `x-sql` of an operation. */
#ifndef LEAT_API_DOCUMENT_XSQL_H
#define LEAT_API_DOCUMENT_XSQL_H

#include "lib/api/document/refs.h"

/* Returns the "sql" member of an operation's record (document.h). The caller's. */
struct json_object *xsql_read(struct refs *refs, struct json_object *xsql);
/* Checks an `else` or a constraint's answer: {status, code, pointer, name, message}. `what` is in
 * front of what is reported. */
void xsql_check_answer(struct refs *refs, struct json_object *answer, const char *what);

#endif
