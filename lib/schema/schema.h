/* SPDX-License-Identifier: MIT */
/*
 * JSON Schema 2020-12 (and what OpenAPI 3.0 and 3.1 make of it), compiled once into a program that
 * runs over jvalues: the schema's JSON is not looked at again, and a valid value costs no
 * allocation (but for more than 32 items that must differ, and more than 256 members of which
 * account is kept). All keywords of the core, applicator, validation, unevaluated and format
 * vocabularies are enforced, with `discriminator`, `nullable`, `readOnly` and `writeOnly` of
 * OpenAPI; the rest are annotations.
 *
 *     documents (registry.h) ──▶ compile.h: one node a schema (node.h) ──▶ check.h: runs them
 *
 * Numbers: integers are exact within int64. Beyond, a number is a double, and no `integer`.
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

/* Schemas that apply each other deeper than this are not followed: neither schemas nor values can
 * exhaust the stack. */
enum { SCHEMA_DEPTH_MAX = 256 };

/* What a schema is compiled for. A request's objects are closed: members that no part of the schema
 * names are refused, unless it says additionalProperties or unevaluatedProperties; and readOnly
 * members must not be sent. A response has no writeOnly members. */
enum schema_use { SCHEMA_PLAIN, SCHEMA_REQUEST, SCHEMA_RESPONSE };

struct schema;
struct schema_set;

/* Fetches the document `uri` (absolute, or a path beside the first one). Borrowed by the set, which
 * it must outlive; NULL: there is none. */
typedef struct json_object *(*schema_load_fn)(void *arg, const char *uri);

/* The schemas of an API and of all that they refer to. What is wrong with them goes to `diags` at
 * its mark; `diags` may be NULL: then they are known to be right. `arena` owns the programs, which
 * outlive the set. `load` may be NULL. */
struct schema_set *schema_set_new(struct arena *arena, struct diags *diags, schema_load_fn load,
                                  void *arg);
void schema_set_free(struct schema_set **set);

/* `format` only annotates from now on, as the standard's own dialect has it; by default it asserts,
 * where format.h knows it. */
void schema_set_annotate_formats(struct schema_set *set);
/* Makes a document known: a schema, or an OpenAPI document, whose schemas are those below
 * /components/schemas. `root` is borrowed and must outlive the set. */
void schema_set_add(struct schema_set *set, const char *uri, struct json_object *root);
/* Compiles every schema that the added document defines, so that mistakes in what nothing uses are
 * found too. */
void schema_set_compile_all(struct schema_set *set, const char *uri);
/* What the compiled schemas referred to, as {URI: document}, each cut down to that. The caller's.
 */
struct json_object *schema_set_documents(const struct schema_set *set);
/* Whether any compiled schema had a default. */
bool schema_set_has_defaults(const struct schema_set *set);

/* Whether any has members that never go its way: see schema_is_hidden(). */
bool schema_set_has_hidden(const struct schema_set *set);

/* Compiles one schema that stands in the document `base`. NULL (absent) accepts anything. */
const struct schema *schema_compile(struct schema_set *set, const char *base,
                                    struct json_object *json, enum schema_use use);

/* Whether `value` is valid; every violation is added to `v` (NULL: the first ends it) with `in` and
 * a JSON pointer below `base` ("" for a body, "/name" for a parameter). False also where the budget
 * ends, which no verdict is: then the last violation says so (budget_keyword()). */
bool schema_check(const struct schema *s, const struct jvalue *value, const char *in,
                  const char *base, struct budget *budget, struct violations *v);
/* Adds the defaults of members that are absent, wherever the schema applies for certain. What it
 * adds is of the document, which must outlive the value, or lies in the arena. False: the budget
 * has ended, and some may be missing. */
bool schema_fill(const struct schema *s, struct jvalue *value, struct arena *arena,
                 struct budget *budget);

/* Takes out the members that never go that way, however deep. False: the budget has ended, and some
 * may be left. */
bool schema_strip(const struct schema *s, struct jvalue *value, struct budget *budget);

/* The types that `s` allows, as a mask of enum schema_type. */
int schema_types(const struct schema *s);
/* Why no value can be valid, as far as that is cheap to see; NULL: some may. Takes the steps that
 * it needs from *steps; out of these, it finds nothing. */
const char *schema_is_hopeless(const struct schema *s, uint64_t *steps);
/* The schema of a member, also one that stands in an allOf branch; NULL if it has none. */
const struct schema *schema_property(const struct schema *s, const char *name);
/* Whether the member must be there. */
bool schema_requires(const struct schema *s, const char *name);
/* The schema of members that it does not name; NULL if it says nothing of them. */
const struct schema *schema_additional(const struct schema *s);
/* The schema of the items of an array; NULL if there is none. */
const struct schema *schema_items(const struct schema *s);
/* Whether members that `s` does not name are refused. */
bool schema_is_closed(const struct schema *s);
/* Its default (OpenAPI, JSON Schema validation 9.2), which is the schema's; false where it has
 * none. */
bool schema_default(const struct schema *s, struct jvalue *value);
/* The name of its format, NULL where it has none. */
const char *schema_format(const struct schema *s);
/* Whether it has contentMediaType without contentEncoding: its text stands for bytes. */
bool schema_has_content(const struct schema *s);
/* Calls fn for each named member; `member` is NULL for one that only `required` names. */
void schema_each_property(const struct schema *s,
                          void (*fn)(void *arg, const char *name, const struct schema *member),
                          void *arg);
/* Whether the member never goes that way: readOnly in a request, writeOnly in a response. */
bool schema_is_hidden(const struct schema *s, const char *name);
/* "string or null": for messages, in the arena. */
const char *schema_type_names(struct arena *arena, int types);

#endif
