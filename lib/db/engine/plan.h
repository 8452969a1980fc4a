/* SPDX-License-Identifier: MIT */
/*
 * What an operation does to the database, as plain data that any engine can run: statements with
 * positional parameters (?1, ?2, …), where each parameter's value comes from, what becomes of the
 * rows, and which answers a violated constraint gives. Built once from the release (lib/api), never
 * changed after; shared by all threads.
 */
#ifndef LEAT_DB_ENGINE_PLAN_H
#define LEAT_DB_ENGINE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/slice.h"

/* ABSENT is what was not sent: a statement sees NULL, a filter on it does not exist. NULL was sent,
 * or is known to be none, and a filter asks for it. */
enum db_type { DB_NULL, DB_INTEGER, DB_REAL, DB_TEXT, DB_BLOB, DB_ABSENT };

struct db_value {
    enum db_type type;
    union {
        int64_t integer;
        double real;
        struct slice text; /* or bytes; borrowed; outlives the job */
    };
};

enum plan_returns { PLAN_NONE, PLAN_ONE, PLAN_LIST, PLAN_COUNT };

/* Where a parameter's value comes from: the job's values, or a column of an earlier step's row. */
struct plan_bind {
    bool is_step;
    size_t index;       /* of the value, or of the step */
    const char *column; /* of the step's row */
};

/* The answer where a step finds nothing; status 0: none was given. */
struct plan_else {
    int status;
    const char *code, *pointer, *message; /* each may be NULL */
};

struct plan_step {
    const char *name; /* NULL where it has none */
    const char *sql;
    const char *const *columns; /* of its rows, as they were proved; NULL: they were not */
    size_t column_count;
    enum plan_returns returns;
    bool deletes; /* a foreign key that fails here is still referenced (409), not missing (422) */
    struct plan_bind *binds;
    size_t bind_count;
    struct plan_else otherwise;
};

/* A predicate that exists only where its value was sent. */
struct plan_filter {
    const char *column;
    size_t value;
    bool takes_null; /* the value may be NULL, which the predicate must find too */
};

/* Keyset paging (order by `by`, continue behind the cursor's values). */
struct plan_page {
    const char *const *by; /* NULL: no paging */
    size_t by_count;
    bool is_descending;
    bool has_limit;
    size_t limit; /* value index, where has_limit */
    int64_t limit_default;
    size_t cursor; /* value index of the first of by_count values; DB_NULL: first page */
};

enum plan_rule_kind { RULE_UNIQUE, RULE_CHECK, RULE_NOT_NULL, RULE_FOREIGN_KEY };

/* What a violated constraint answers. */
struct plan_rule {
    enum plan_rule_kind kind;
    const char *key; /* "todos.owner_id, todos.title"; a CHECK's name; NULL for any foreign key */
    struct plan_else answer;
};

/* A result column: its JSON types as a mask of enum schema_type's values. */
struct plan_column {
    const char *name;
    int types;
    bool is_hidden; /* never leaves: writeOnly */
};

/* "/todos/{id}" as what stands before each column, and after the last (column NULL). */
struct plan_location {
    struct slice literal;
    const char *column;
};

/* A table of which a subject sees and changes its own rows only: those whose `column` names it. */
struct owned_table {
    const char *name, *column;
};

/* What the statements of a plan see. */
enum plan_role {
    ROLE_CALLER,       /* an application's: the caller's rows of owned tables, no secrets */
    ROLE_UNRESTRICTED, /* an application's: all rows, no secrets */
    ROLE_SERVER,       /* Leat's own: everything */
    ROLE_COUNT
};

struct plan {
    size_t id; /* dense from 0: an index into per-connection caches */
    bool is_write;
    enum plan_role role;
    struct plan_step *steps;
    size_t step_count;
    size_t result; /* the step that answers */
    struct plan_filter *filters;
    size_t filter_count;
    struct plan_page page;
    struct plan_column *columns;
    size_t column_count;
    struct plan_rule *rules;
    size_t rule_count;
    struct plan_location *location;
    size_t location_count;
    const char *etag; /* the column of the result that names its version, or NULL */
    bool has_visible; /* steps[step_count] is run where the result finds nothing: if that does, the
                         precondition has failed */
};

#endif
