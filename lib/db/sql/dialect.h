/* SPDX-License-Identifier: MIT */
/*
 * How the SQL of an engine is spelt: what the lexer, the parameters and the composed lists need to
 * know of it. Its meaning is the engine's own business.
 */
#ifndef LEAT_DB_SQL_DIALECT_H
#define LEAT_DB_SQL_DIALECT_H

#include <stdbool.h>
#include <stddef.h>

enum {
    LEX_BRACKETS = 1,         /* [name] and `name` are names */
    LEX_MARKS = 2,            /* a byte order mark between tokens is a blank */
    LEX_VARIABLES = 4,        /* ?, @name and $name are parameters */
    LEX_DOLLARS = 8,          /* $tag$…$tag$ is a string, and $1 a parameter */
    LEX_ESCAPES = 16,         /* E'\'' is a string, and continues in the next line */
    LEX_CASTS = 32,           /* in a::int and a[1:2] there is no parameter */
    LEX_NESTED_COMMENTS = 64, /* comments nest, and a carriage return ends -- too */
    LEX_FOLDS = 128,          /* plain names become lower case, and '…' is never a name */
    LEX_JUNK = 256,           /* 1FROM is a number and a word */
};

struct dialect {
    const char *name; /* of the engine, as `sql:` and `leat check --engine` call it */
    unsigned lex;
    char parameter;       /* before a parameter's number: ?1, $1 */
    bool has_fetch;       /* FETCH FIRST n ROWS ONLY is a LIMIT */
    const char *is_same;  /* the operator that is = between values, and true between NULLs */
    const char *bytewise; /* after a column of text: compares its bytes */
    bool orders_names;    /* an ORDER BY after UNION ALL takes plain names of columns alone */
};

extern const struct dialect dialect_sqlite, dialect_postgresql;

enum { DIALECT_COUNT = 2 };
extern const struct dialect *const dialects[DIALECT_COUNT];

/* Returns the dialect of that name, or NULL. */
const struct dialect *dialect_find(const char *name);

#endif
