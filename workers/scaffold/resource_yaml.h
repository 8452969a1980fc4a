/* SPDX-License-Identifier: MIT */
/* A resource as the parts of an OpenAPI document, in YAML that people go on editing. */
#ifndef LEAT_WORKERS_SCAFFOLD_RESOURCE_YAML_H
#define LEAT_WORKERS_SCAFFOLD_RESOURCE_YAML_H

#include "workers/scaffold/resource.h"

/* Its owner, and what its constraints answer, for x-tables; nothing where there is none, and
 * nothing that a client can violate. A rule of a foreign key is for every one of the document, so
 * it is written only where the document has no other (`is_only_reference`). */
void resource_put_rules(const struct resource *r, bool is_only_reference, struct buf *out);
void resource_put_paths(const struct resource *r, struct buf *out);
void resource_put_schemas(const struct resource *r, struct buf *out);

/* `text` bare where it is words that no YAML takes for anything else, or in quotes. */
void resource_put_word(struct buf *out, const char *text);
/* "type: integer" and what goes with it; nothing where any type may be. */
void resource_put_type(struct buf *out, const struct table_column *column, bool is_nullable);

#endif
