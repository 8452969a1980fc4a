/* SPDX-License-Identifier: MIT */
/* Reads and checks the `x-tables` of a document. */
#ifndef LEAT_API_DOCUMENT_XTABLES_H
#define LEAT_API_DOCUMENT_XTABLES_H

#include "lib/api/document/refs.h"

/* Returns the "rules" member of a document's record. The caller's. */
struct json_object *xtables_read_rules(struct refs *refs, struct json_object *tables);
/* Returns the "owners" member, {table: column}, or NULL if no table has an owner. The caller's. */
struct json_object *xtables_read_owners(struct json_object *tables);

#endif
