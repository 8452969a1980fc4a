/* SPDX-License-Identifier: MIT */
/*
 * JSON Schema 2020-12 (and its forms in OpenAPI 3.0 and 3.1), compiled once into a program that
 * runs over jvalues. The schema's JSON is not consulted again, and a valid value costs no
 * allocation (except for more than 32 items that must be unique, and more than 256 members tracked
 * for unevaluated*). All keywords of the core, applicator, validation, unevaluated and format
 * vocabularies are enforced, and OpenAPI's `discriminator`, `nullable`, `readOnly` and `writeOnly`;
 * the rest are annotations.
 *
 *     documents (registry.h) ──▶ compile.h: one node a schema (node.h) ──▶ check.h: runs them
 *
 * Integers are exact within int64. Larger numbers are doubles, and not of type `integer`.
 */
#ifndef LEAT_SCHEMA_SCHEMA_H
#define LEAT_SCHEMA_SCHEMA_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/budget.h"
#include "lib/core/diag.h"
#include "lib/core/json/jvalue.h"
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

/* The most schemas that may apply each other in a chain, so that neither schemas nor values can
 * exhaust the stack. */
enum { SCHEMA_DEPTH_MAX = 256 };

/* The use for which a schema is compiled. Objects in requests are closed: members that no part of
 * the schema names are refused, unless it has additionalProperties or unevaluatedProperties, and
 * readOnly members must not be sent. Responses have no writeOnly members. */
enum schema_use { SCHEMA_PLAIN, SCHEMA_REQUEST, SCHEMA_RESPONSE };

struct schema;
struct schema_set;

/* Loads the document `uri` (absolute, or a path beside the first one). Returns NULL if there is
 * none. The set borrows it, so it must outlive the set. */
typedef struct json_object *(*schema_load_fn)(void *arg, const char *uri);

/* Creates a set for the schemas of an API and everything that they refer to. Mistakes are reported
 * to `diags` at their marks; `diags` may be NULL for schemas known to be valid. `arena` owns the
 * programs, which outlive the set. `load` may be NULL. */
struct schema_set *schema_set_new(struct arena *arena, struct diags *diags, schema_load_fn load,
                                  void *arg);
void schema_set_free(struct schema_set **set);

/* Makes `format` an annotation, as in the standard's own dialect. By default the formats in
 * format.h are assertions. */
void schema_set_annotate_formats(struct schema_set *set);
/* What is compiled from here on serves no operation: schemas that no value can satisfy and defaults
 * that are not valid, which JSON Schema allows, are warnings. */
void schema_set_unbind(struct schema_set *set);
/* Adds a document: a schema, or an OpenAPI document, whose schemas are those below
 * /components/schemas. `root` is borrowed and must outlive the set. */
void schema_set_add(struct schema_set *set, const char *uri, struct json_object *root);
/* Compiles every schema that the document defines, to find mistakes in unused ones too. */
void schema_set_compile_all(struct schema_set *set, const char *uri);
/* Returns what the compiled schemas refer to, as {URI: document}, each cut down to that. The
 * caller's. */
struct json_object *schema_set_documents(const struct schema_set *set);
/* Returns true if any compiled schema has a default. */
bool schema_set_has_defaults(const struct schema_set *set);

/* Returns true if any compiled schema has hidden members, see schema_is_hidden(). */
bool schema_set_has_hidden(const struct schema_set *set);

/* Compiles one schema that is part of the document `base`. NULL (absent) accepts anything. */
const struct schema *schema_compile(struct schema_set *set, const char *base,
                                    struct json_object *json, enum schema_use use);

/* Returns true if `value` is valid. Every violation is added to `v` (if NULL, the first ends the
 * check) with `in` and a JSON pointer below `base` ("" for a body, "/name" for a parameter).
 * Returns false also if the budget ends, which is not a verdict: the last violation then says so
 * (budget_keyword()). */
bool schema_check(const struct schema *s, const struct jvalue *value, const char *in,
                  const char *base, struct budget *budget, struct violations *v);
/* Adds the defaults of absent members wherever the schema applies unconditionally. Added values
 * belong to the document, which must outlive the value, or lie in the arena. Returns false if the
 * budget has ended; some may then be missing. */
bool schema_fill(const struct schema *s, struct jvalue *value, struct arena *arena,
                 struct budget *budget);

/* Removes the members hidden in this direction, at any depth. Returns false if the budget has
 * ended; some may then be left. */
bool schema_strip(const struct schema *s, struct jvalue *value, struct budget *budget);

/* Returns the types that `s` allows, a mask of enum schema_type. */
int schema_types(const struct schema *s);
/* Returns why no value can be valid, as far as that is cheap to find out, or NULL. Takes its steps
 * from *steps, and finds nothing without any. */
const char *schema_is_hopeless(const struct schema *s, uint64_t *steps);
/* Returns the schema of a member, also from an allOf branch, or NULL. */
const struct schema *schema_property(const struct schema *s, const char *name);
/* Returns true if the member is required. */
bool schema_requires(const struct schema *s, const char *name);
/* Returns the schema of unnamed members, or NULL. */
const struct schema *schema_additional(const struct schema *s);
/* Returns the schema of an array's items, or NULL. */
const struct schema *schema_items(const struct schema *s);
/* Returns true if members that `s` does not name are refused. */
bool schema_is_closed(const struct schema *s);
/* Returns the number of values that `enum` allows, and sets *choices to them, which belong to the
 * schema. Returns 0 if it has none. */
size_t schema_choices(const struct schema *s, const struct jvalue **choices);
/* Gets the default (OpenAPI; JSON Schema, validation 9.2), which belongs to the schema. Returns
 * false if there is none. */
bool schema_default(const struct schema *s, struct jvalue *value);
/* Returns the name of the format, or NULL. */
const char *schema_format(const struct schema *s);
/* Returns true for contentMediaType without contentEncoding: the text then stands for bytes. */
bool schema_has_content(const struct schema *s);
/* Returns how often schema_each_property() would call. */
size_t schema_property_count(const struct schema *s);
/* Calls fn for each named member; `member` is NULL for one that only `required` names. */
void schema_each_property(const struct schema *s,
                          void (*fn)(void *arg, const char *name, const struct schema *member),
                          void *arg);
/* Returns true if the member is never sent in this direction: readOnly in a request, writeOnly in a
 * response. */
bool schema_is_hidden(const struct schema *s, const char *name);
/* Returns true if schemas have a keyword of that name. */
bool schema_is_keyword(const char *name);
/* Returns "string or null" and the like, for messages, in the arena. */
const char *schema_type_names(struct arena *arena, int types);

#endif
