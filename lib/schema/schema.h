/* SPDX-License-Identifier: MIT */
/*
 * JSON Schema (2020-12, and what OpenAPI 3.0 made of it), compiled once into nodes and run over
 * json-c values. Enforced: type, enum, const, minimum, maximum, exclusiveMinimum,
 * exclusiveMaximum, multipleOf, minLength, maxLength, items, minItems, maxItems, uniqueItems,
 * properties, required, additionalProperties, allOf, anyOf, oneOf, not, nullable, $ref.
 * Any other keyword that restricts is reported at compile time as not enforced.
 */
#ifndef LEAT_SCHEMA_SCHEMA_H
#define LEAT_SCHEMA_SCHEMA_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/diag.h"
#include "lib/schema/violation.h"

enum schema_type {
    SCHEMA_NULL = 1,
    SCHEMA_BOOLEAN = 2,
    SCHEMA_INTEGER = 4,
    SCHEMA_NUMBER = 8,
    SCHEMA_STRING = 16,
    SCHEMA_ARRAY = 32,
    SCHEMA_OBJECT = 64,
    SCHEMA_ANY = 127,
};

enum { SCHEMA_DEPTH_MAX = 128 };

struct schema;

struct schema_set {
    struct arena *arena;             /* borrowed: owns every node */
    struct json_object *definitions; /* borrowed: what "$ref": "#/NAME" means */
    struct json_object *compiled; /* NAME → node, so that recursion ends; see schema_set_fini() */
    struct diags *diags;          /* may be NULL: then the schemas are known to be right */
    bool is_request;              /* object schemas with `properties` are closed, unless they say
                                        additionalProperties or are composed */
};

void schema_set_init(struct schema_set *set, struct arena *arena, struct json_object *definitions,
                     struct diags *diags);
void schema_set_fini(struct schema_set *set);

/* Compiles one schema; lives as long as the arena. What is wrong goes to set->diags, at the mark
 * of the value. NULL (absent) and `true` accept anything. */
const struct schema *schema_compile(struct schema_set *set, struct json_object *json);

/* Whether `value` is valid; every violation is added to `v` with `in` and a JSON pointer below
 * `base` ("" for a body, "/name" for a parameter). */
bool schema_check(const struct schema *s, struct json_object *value, const char *in,
                  const char *base, struct violations *v);

/* The types that `s` allows, as a mask of enum schema_type. */
int schema_types(const struct schema *s);
/* The schema of a member, also one that stands in an allOf branch; NULL if it has none. */
const struct schema *schema_property(const struct schema *s, const char *name);
/* Whether the member must be there. */
bool schema_requires(const struct schema *s, const char *name);
/* The schema of the items of an array; NULL if there is none. */
const struct schema *schema_items(const struct schema *s);
/* Whether members that `s` does not name are refused. */
bool schema_is_closed(const struct schema *s);
/* Calls fn for each named member; `member` is NULL for one that only `required` names. */
void schema_each_property(const struct schema *s,
                          void (*fn)(void *arg, const char *name, const struct schema *member),
                          void *arg);
/* "string or null": for messages, in the arena. */
const char *schema_type_names(struct arena *arena, int types);

#endif
