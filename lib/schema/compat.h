/* SPDX-License-Identifier: MIT */
/*
 * Finds what changed for clients between two schemas. A schema is the set of values that it
 * accepts. What a client sends must remain valid, so a request breaks if that set narrows; what it
 * is not prepared for must not come, so a response breaks if the set widens. A response also breaks
 * if a property that a client may have read is gone.
 *
 * How a schema is written does not matter: $ref, allOf and the alternatives of anyOf, oneOf and
 * `discriminator` are expanded, and each way to be valid is compared with its match on the other
 * side, type by type. An enum is compared value by value. Where this cannot decide, it errs on the
 * side of a break:
 *
 *   - two different patterns or formats have nothing in common, except some (int32 and int64);
 *   - `if`, dependencies and `contains` that differ may both refuse and accept more;
 *   - changed alternatives, if they are many, are compared in their order;
 *   - alternatives of oneOf exclude each other, unless they newly accept the same requests;
 *   - a $dynamicRef means what it refers to statically.
 */
#ifndef LEAT_SCHEMA_COMPAT_H
#define LEAT_SCHEMA_COMPAT_H

#include <stdbool.h>

#include "lib/schema/schema.h"

/* The place in which both schemas are used. They must be compiled for it. COMPAT_TEXT is a request
 * whose scalars are written as text: parameters and the fields of forms, where 1 and "1" are
 * one; COMPAT_TEXT_RESPONSE a response of that kind: a header. */
enum compat_use { COMPAT_REQUEST, COMPAT_RESPONSE, COMPAT_TEXT, COMPAT_TEXT_RESPONSE };

/* Receives a difference. `pointer` is the place in a value, "" for all of it, "/tags/0" for the
 * items of tags; `keyword` is the kind: "type", "enum", "required", "properties", "maxLength". The
 * texts are valid until it returns. */
typedef void (*compat_fn)(void *arg, bool is_break, const char *pointer, const char *keyword,
                          const char *message);

/* Calls `report` for each difference, breaks and others, in the order of the old schema, and once
 * for each part of the schemas, where it first occurs. */
void schema_compare(const struct schema *old, const struct schema *new, enum compat_use use,
                    compat_fn report, void *arg);

#endif
