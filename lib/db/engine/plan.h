/* SPDX-License-Identifier: MIT */
/*
 * Describes what an operation does to the database, as plain data that any engine can run:
 * statements with positional parameters (?1, ?2, …), the source of each parameter's value, the use
 * of the rows, and the answers to violated constraints. Built once from the release (lib/api),
 * immutable afterwards, and shared by all threads.
 */
#ifndef LEAT_DB_ENGINE_PLAN_H
#define LEAT_DB_ENGINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/enum_text.h"
#include "lib/core/slice.h"
#include "lib/db/engine/plan_page.h"

/* ABSENT was not sent: statements see NULL, and a filter on it is left out. NULL was sent, or the
 * value is known to be null, and a filter compares with it. */
enum db_type { DB_NULL, DB_INTEGER, DB_REAL, DB_TEXT, DB_BLOB, DB_ABSENT, DB_BOOL, DB_JSON };

struct db_value {
    enum db_type type;
    union {
        int64_t integer; /* or a boolean: 0 or 1 */
        double real;
        struct slice text; /* or JSON, or bytes; borrowed, must outlive the job */
    };
};

static inline bool db_value_is_bytes(const struct db_value *v)
{
    return v->type == DB_TEXT || v->type == DB_JSON || v->type == DB_BLOB;
}

/* What a step returns, by the words of x-sql. */
#define PLAN_RETURNS(ROW)                                                                          \
    ROW(PLAN_NONE, "none") ROW(PLAN_ONE, "one") ROW(PLAN_LIST, "list") ROW(PLAN_COUNT, "count")
enum plan_returns { PLAN_RETURNS(ENUM_VALUE) };
enum { PLAN_RETURNS_COUNT = PLAN_RETURNS(ENUM_ONE) };

/* The source of a parameter's value: the job's values, or a column of an earlier step's row. */
struct plan_bind {
    bool is_step;
    size_t index;       /* of the value or the step */
    const char *column; /* of the step's row */
};

/* The answer if a step finds nothing; status 0 if the document gives none. */
struct plan_else {
    int status;
    const char *code, *pointer, *message, *name; /* each may be NULL */
};

struct plan_step {
    const char *name; /* may be NULL */
    const char *sql;
    const char *const *columns; /* the columns of its rows that were proved, or NULL */
    size_t column_count;
    const char *positions; /* JSON of the tables that were proved (positions.h), or NULL */
    enum plan_returns returns;
    bool deletes; /* so a failing foreign key means "still referenced" (409), not "missing" (422) */
    struct plan_bind *binds;
    size_t bind_count;
    struct plan_else otherwise;
};

/* A predicate that is used only if its value was sent. */
struct plan_filter {
    const char *column;
    size_t value;
    bool takes_null; /* the value may be NULL, and the predicate must then match NULL */
};

#define PLAN_RULE_KINDS(ROW)                                                                       \
    ROW(RULE_UNIQUE, "unique")                                                                     \
    ROW(RULE_CHECK, "check")                                                                       \
    ROW(RULE_RAISE, "raise") ROW(RULE_NOT_NULL, "not-null") ROW(RULE_FOREIGN_KEY, "foreign-key")
enum plan_rule_kind { PLAN_RULE_KINDS(ENUM_VALUE) };
enum { PLAN_RULE_KIND_COUNT = PLAN_RULE_KINDS(ENUM_ONE) };

/* The answer to a violated constraint. */
struct plan_rule {
    enum plan_rule_kind kind;
    /* "todos.owner_id, todos.title"; the name of a CHECK; the code of a RAISE; NULL for foreign
     * keys */
    const char *key;
    struct plan_else answer;
};

/* A result column and its JSON types, a mask of enum schema_type. */
struct plan_column {
    const char *name;
    int types;
    bool is_hidden; /* writeOnly: never in an answer */
};

/* A template such as "/todos/{id}": the text before each column, and after the last (column
 * NULL). */
struct plan_location {
    struct slice literal;
    const char *column;
};

/* An owned table: a caller sees and changes only the rows whose `column` names the caller. */
struct owned_table {
    const char *name, *column;
};

/* The rows and columns that a plan's statements can see. */
enum plan_role {
    ROLE_CALLER, /* an application's statement: the caller's rows of owned tables, no secrets */
    ROLE_UNRESTRICTED, /* an application's statement: all rows, no secrets */
    ROLE_SERVER,       /* Leat's own statement: everything */
    ROLE_COUNT
};

struct plan {
    size_t id; /* dense from 0: an index into per-connection caches */
    bool is_write;
    bool is_passenger; /* a write that nobody waits for, and that waits for others to commit with */
    enum plan_role role;
    struct plan_step *steps;
    size_t step_count;
    size_t result; /* the step whose rows are the answer */
    struct plan_filter *filters;
    size_t filter_count;
    struct plan_page page;
    int64_t max_rows; /* of the answer: more are an error; 0 if there is a page or no bound */
    struct plan_column *columns;
    size_t column_count;
    struct plan_rule *rules;
    size_t rule_count;
    struct plan_location *location;
    size_t location_count;
    const char *etag; /* the result column with its version, or NULL */
    /* steps[step_count] reads the resource as it is: before all others if the request has
     * preconditions, and after them if `tells_missing` and the result found nothing. Then a row
     * means that the precondition has failed. */
    bool has_current, tells_missing;
    const char *current_etag; /* the column of steps[step_count] with the version, or NULL */
    size_t if_match;          /* index of the value :_if_match, or SIZE_MAX */
};

#endif
