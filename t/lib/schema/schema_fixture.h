/* SPDX-License-Identifier: MIT */
/* A set of schemas for a test, and the memory it needs. */
#ifndef LEAT_T_LIB_SCHEMA_SCHEMA_FIXTURE_H
#define LEAT_T_LIB_SCHEMA_SCHEMA_FIXTURE_H

#include "lib/schema/schema.h"

enum { SCHEMA_FIXTURE_JSON = 8 };

struct schema_fixture {
    struct arena arena;
    struct diags diags;
    struct json_object *json[SCHEMA_FIXTURE_JSON];
    int count;
    struct schema_set *set;
};

/* Parses a file of JSON text, with marks; asserts that it is valid. Text without any '"' may use
 * "'" for it. */
struct json_object *schema_fixture_parse(const char *text);
/* Parses a client's value in the same way, without marks. */
struct json_object *schema_fixture_value(const char *text);
/* Opens a set in which "#/NAME" refers to the member NAME of `definitions` (JSON text). */
void schema_fixture_open(struct schema_fixture *f, const char *definitions);
const struct schema *schema_fixture_compile(struct schema_fixture *f, const char *text,
                                            enum schema_use use);
/* Returns whether the value is valid; `v` may be NULL. */
bool schema_fixture_check(struct schema_fixture *f, const struct schema *s, const char *text,
                          struct violations *v);
/* Does the same for a json-c value, as jvalues in the arena of `v`, within a request's budget. */
bool schema_fixture_check_json(const struct schema *s, struct json_object *value,
                               struct violations *v);
/* Returns the default budget of a request of a mebibyte. */
struct budget schema_fixture_budget(void);
void schema_fixture_close(struct schema_fixture *f);

#endif
