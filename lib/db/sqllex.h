/* SPDX-License-Identifier: MIT */
/*
 * The tokens of SQLite's SQL (sqlite.org, "SQL As Understood By SQLite"): the one place that knows
 * what is a comment, a string or a quoted name. Blanks, byte order marks and comments stand between
 * tokens.
 *
 *     UPDATE "to""do" SET n = :n -- note        word, name, word, word, sign, parameter, end
 *
 * Nothing is refused: an unterminated string or comment reaches to the end of the text. Tokens
 * borrow the text.
 */
#ifndef LEAT_DB_SQLLEX_H
#define LEAT_DB_SQLLEX_H

#include <stdbool.h>
#include <stddef.h>

enum sql_kind {
    SQL_END,
    SQL_WORD,      /* a keyword or a plain identifier */
    SQL_NAME,      /* "a", `a`, [a] */
    SQL_STRING,    /* 'a', which SQLite also takes for an identifier where it must be one */
    SQL_NUMBER,    /* 1, 1.5e3, 0x1F */
    SQL_PARAMETER, /* ?, ?1, :a, @a, $a */
    SQL_SIGN,      /* anything else: one character, or two as in <= and || */
};

struct sql_token {
    enum sql_kind kind;
    const char *at; /* where it stands; of the end token, the terminating NUL */
    size_t len;     /* 0 at the end only */
};

/* The first token of the text at or behind `at`. */
struct sql_token sql_token_at(const char *at);
/* The token behind `t`; the end token follows itself. */
struct sql_token sql_token_next(struct sql_token t);
/* The token behind the parentheses that `t` opens. */
struct sql_token sql_token_skip(struct sql_token t);

/* Whether it is that keyword (in any case of letters) or sign. */
bool sql_token_is(struct sql_token t, const char *word);
/* Whether it can stand for the identifier `name`, in any case of ASCII letters, quoted or not. */
bool sql_token_names(struct sql_token t, const char *name);
/* Writes the text that it stands for, without its quotes, and a NUL; at most t.len + 1 bytes. */
void sql_token_text(struct sql_token t, char *out);

/* The end of the comment that starts at `at`; `at` itself if none does. */
const char *sql_comment_end(const char *at);

#endif
