/* SPDX-License-Identifier: MIT */
/*
 * What changed for clients from one schema to another. A schema is the set of values that it
 * accepts. What a client sends must stay valid, so a request breaks where that set narrows; what
 * it was never prepared for must not come, so a response breaks where it widens. A response also
 * breaks where a property goes that a client may have read.
 *
 * How a schema is written does not matter: $ref, allOf and the alternatives of anyOf, oneOf and
 * `discriminator` are multiplied out, and each way to be valid is compared with its match on the
 * other side, type by type. An enum is compared value by value. Where this cannot decide, it
 * errs on the side of a break:
 *
 *   - two different patterns or formats have nothing in common (int32 lies within int64, and so
 * on);
 *   - `if`, dependencies and `contains` that differ may both refuse and accept more;
 *   - alternatives that changed, where they are many, are compared in their order;
 *   - the alternatives of oneOf are taken to exclude each other, so that it is an anyOf;
 *   - a $dynamicRef is what it refers to by itself.
 */
#ifndef LEAT_SCHEMA_COMPAT_H
#define LEAT_SCHEMA_COMPAT_H

#include <stdbool.h>

#include "lib/schema/schema.h"

/* Where both schemas stand; they must be compiled for that. */
enum compat_use { COMPAT_REQUEST, COMPAT_RESPONSE };

/* `pointer` is that of the place in a value, "" for all of it, "/tags/0" for the items of tags;
 * `keyword` is the kind: "type", "enum", "required", "properties", "maxLength". The texts are good
 * until it returns. */
typedef void (*compat_fn)(void *arg, bool is_break, const char *pointer, const char *keyword,
                          const char *message);

/* Calls `report` with each difference, breaks and others, in the order of the old schema, each
 * part of the schemas once, where it first comes. */
void schema_compare(const struct schema *old, const struct schema *new, enum compat_use use,
                    compat_fn report, void *arg);

#endif
