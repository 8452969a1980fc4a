/* SPDX-License-Identifier: MIT */
/* Writes a resource as the parts of an OpenAPI document, in YAML that people go on editing. */
#ifndef LEAT_WORKERS_SCAFFOLD_RESOURCE_YAML_H
#define LEAT_WORKERS_SCAFFOLD_RESOURCE_YAML_H

#include "workers/scaffold/resource.h"

/* Appends its owner, and the answers to violated constraints, for x-tables; nothing if there is no
 * owner and no constraint that a client can violate. A rule for a foreign key applies to all of
 * them, so it is written only if the document has no other (`is_only_reference`). */
void resource_put_rules(const struct scaffold_resource *r, bool is_only_reference, struct buf *out);
void resource_put_paths(const struct scaffold_resource *r, struct buf *out);
void resource_put_schemas(const struct scaffold_resource *r, struct buf *out);

/* Appends "type: integer" and related keywords; nothing if any type is allowed. */
void resource_put_type(struct buf *out, const struct table_column *column, bool is_nullable);

#endif
