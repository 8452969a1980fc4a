/* SPDX-License-Identifier: MIT */
/*
 * Describes the tables of a database as plain data: columns, their JSON types, keys, constraints,
 * and the certain bounds of CHECKs (checks.h). All of it is in the arena that it was read into.
 */
#ifndef LEAT_DB_PROOF_TABLES_H
#define LEAT_DB_PROOF_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"

struct conn;

/* Inferred from the declared type, its affinity (datatype3.html, 3.1), a CHECK or a default. */
enum column_kind {
    COLUMN_ANY,
    COLUMN_BOOLEAN,
    COLUMN_INTEGER,
    COLUMN_NUMBER,
    COLUMN_TEXT,
    COLUMN_BLOB,
    COLUMN_JSON, /* an object or array, stored as text */
    COLUMN_ARRAY,
    COLUMN_OBJECT,
};

/* A column's bounds by its CHECKs; NULL and -1 if there are none. */
struct column_bounds {
    const char *minimum, *maximum; /* numbers in JSON's form */
    bool is_above, is_below;       /* the bound itself is excluded */
    long long min_length, max_length;
    const char **choices; /* texts, or numbers in JSON's form */
    size_t choice_count;
    bool has_text_choices;
};

struct table_column {
    const char *name;
    const char *type; /* as declared; "" if it is not */
    enum column_kind kind;
    const char *format;    /* JSON Schema's date, date-time or uuid, or NULL */
    const char *collation; /* "BINARY" by default */
    bool is_nullable;
    bool is_generated;
    bool is_rowid; /* an INTEGER PRIMARY KEY, assigned by SQLite */
    size_t key;    /* position in the primary key, from 1; 0 if not in it */
    bool has_default;
    const char *fallback; /* the default, as an expression valid in any statement, or NULL */
    const char *target;   /* the table that a foreign key refers to, or NULL */
    bool is_account;      /* refers to a row of _leat_users, directly or through other tables */
    struct column_bounds bounds;
};

struct table_unique {
    const char **columns;
    size_t count;
    bool is_key; /* it is the primary key */
};

struct table_check {
    const char *name;
    const char *column; /* the only column that it concerns, or NULL */
};

struct table {
    const char *name; /* in the spelling of its CREATE */
    bool is_view;
    bool is_virtual; /* if so, nothing else is known */
    struct table_column *columns;
    size_t column_count;
    size_t key_count;
    struct table_unique *uniques;
    size_t unique_count;
    struct table_check *checks; /* the named ones */
    size_t check_count;
    size_t foreign_key_count; /* except those that refer to _leat_users */
};

/* Reads the table or view of that name, ignoring case. Returns false if there is none; SQLite's and
 * Leat's own tables do not count. */
bool tables_read(struct conn *c, const char *name, struct arena *arena, struct table *out);
/* Appends the names of all tables and views that tables_read() finds, sorted and separated by
 * `between`. */
void tables_list(struct conn *c, const char *between, struct buf *out);
/* Returns the column of that name (ignoring the case of ASCII letters), or NULL. */
struct table_column *tables_column(const struct table *t, const char *name);
/* Returns `name` as SQL needs it, in double quotes only if necessary. In the arena. */
const char *tables_quote(struct arena *arena, const char *name);

#endif
