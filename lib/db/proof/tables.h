/* SPDX-License-Identifier: MIT */
/*
 * What a database says of its tables, as plain data: the columns, what JSON makes of them, keys,
 * constraints, and those bounds of CHECKs that are certain (checks.h). Everything is in the arena
 * that it was read into.
 */
#ifndef LEAT_DB_PROOF_TABLES_H
#define LEAT_DB_PROOF_TABLES_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"

struct conn;

/* By the declared type, its affinity (datatype3.html, 3.1), and a CHECK or default that tells. */
enum column_kind {
    COLUMN_ANY,
    COLUMN_BOOLEAN,
    COLUMN_INTEGER,
    COLUMN_NUMBER,
    COLUMN_TEXT,
    COLUMN_BLOB,
    COLUMN_JSON, /* an object or an array as text */
    COLUMN_ARRAY,
    COLUMN_OBJECT,
};

/* What CHECKs demand of one column; NULL and -1 where they say nothing. */
struct column_bounds {
    const char *minimum, *maximum; /* numbers as JSON has them */
    bool is_above, is_below;       /* the bound itself is excluded */
    long long min_length, max_length;
    const char **choices; /* the text, or the numbers as they stand */
    size_t choice_count;
    bool has_text_choices;
};

struct table_column {
    const char *name;
    const char *type; /* as declared, "" where it is not */
    enum column_kind kind;
    const char *format;    /* of JSON Schema: date, date-time, uuid; or NULL */
    const char *collation; /* "BINARY" if nothing else is said */
    bool is_nullable;
    bool is_generated;
    bool is_rowid; /* an INTEGER PRIMARY KEY, which SQLite assigns */
    size_t key;    /* position in the primary key, from 1; 0: not in it */
    bool has_default;
    const char *fallback; /* the default, as an expression for any statement; NULL: none is */
    const char *target;   /* the table that a foreign key refers to, or NULL */
    bool is_account;      /* it is a row's of _leat_users, by one foreign key or by several */
    struct column_bounds bounds;
};

struct table_unique {
    const char **columns;
    size_t count;
    bool is_key; /* the primary key */
};

struct table_check {
    const char *name;
    const char *column; /* the only one that it looks at, or NULL */
};

struct table {
    const char *name; /* as it was created */
    bool is_view;
    bool is_virtual; /* nothing else is known then */
    struct table_column *columns;
    size_t column_count;
    size_t key_count;
    struct table_unique *uniques;
    size_t unique_count;
    struct table_check *checks; /* those that have a name */
    size_t check_count;
    size_t foreign_key_count; /* but for those to _leat_users */
};

/* Reads the table or view of that name, in any case of letters. False: there is none; SQLite's
 * own and those of Leat count as none. */
bool tables_read(struct conn *c, const char *name, struct arena *arena, struct table *out);
/* The names of all tables and views that tables_read() finds, in order, with `between` between. */
void tables_list(struct conn *c, const char *between, struct buf *out);
/* The column of that name (SQLite does not mind the case of ASCII letters), or NULL. */
struct table_column *tables_column(const struct table *t, const char *name);
/* `name` as SQL has it: in double quotes only where it needs them. In the arena. */
const char *tables_quote(struct arena *arena, const char *name);

#endif
