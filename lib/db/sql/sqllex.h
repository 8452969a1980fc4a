/* SPDX-License-Identifier: MIT */
/*
 * The tokens of SQL, as the engine of the dialect reads it (sqlite.org, "SQL As Understood By
 * SQLite"; PostgreSQL, chapter 4.1). This is the only place that knows comments, strings and quoted
 * names. Blanks and comments separate tokens.
 *
 *     UPDATE "to""do" SET n = :n -- note        word, name, word, word, sign, parameter, end
 *
 * Nothing is refused: an unterminated string or comment extends to the end of the text. Tokens
 * borrow the text.
 */
#ifndef LEAT_DB_SQL_SQLLEX_H
#define LEAT_DB_SQL_SQLLEX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/db/sql/dialect.h"

enum sql_kind {
    SQL_END,
    SQL_WORD,      /* a keyword or a plain identifier */
    SQL_NAME,      /* "a"; SQLite: `a`, [a] */
    SQL_STRING,    /* 'a', for SQLite also an identifier where only that fits; E'a', $$a$$ */
    SQL_NUMBER,    /* 1, 1.5e3, 0x1F */
    SQL_PARAMETER, /* :a; SQLite: ?, ?1, @a, $a; PostgreSQL: $1 */
    SQL_SIGN,      /* anything else: one character, or an operator such as <= or || */
};

struct sql_token {
    enum sql_kind kind;
    const char *at; /* the token's start; for the end token, the terminating NUL */
    size_t len;     /* 0 only for the end token */
    const struct dialect *dialect;
};

/* Returns the first token at or after `at`. */
struct sql_token sql_token_at(const char *at, const struct dialect *dialect);
/* Returns the token after `t`. The end token follows itself. */
struct sql_token sql_token_next(struct sql_token t);
/* Returns the token after the parentheses that `t` opens. */
struct sql_token sql_token_skip(struct sql_token t);

/* Returns true if `t` is that keyword (ignoring case) or sign. */
bool sql_token_is(struct sql_token t, const char *word);
/* Returns true if `t` can denote the identifier `name`, quoted or not. SQLite ignores the case of
 * ASCII letters; PostgreSQL does where there are no quotes, in which case `name` has none in upper
 * case. */
bool sql_token_names(struct sql_token t, const char *name);
/* Writes the token's text without quotes, NUL-terminated: at most t.len + 1 bytes. Of E'…' and
 * $$…$$ it is the text as it stands. */
void sql_token_text(struct sql_token t, char *out);

/* Returns the end of the comment that starts at `at`, or `at` if none does. */
const char *sql_comment_end(const char *at, const struct dialect *dialect);

#endif
