/* SPDX-License-Identifier: MIT */
/* A tokenizer and nothing more: whatever must be known of a statement is decided by tokens, and
 * everything else is left to SQLite. It must agree with SQLite on where each token ends, above all
 * of strings and comments, because row security rewrites statements by these tokens: text that we
 * take for a comment and SQLite executes would be a hole. Deviations are safe in one direction
 * only, so nothing is refused here and every byte belongs to a token or a gap. */
#include "lib/db/sql/sqllex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool is_quote(char c)
{
    return c == '\'' || c == '"' || c == '`' || c == '[';
}

const char *sql_comment_end(const char *at)
{
    const char *end;

    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    if (at[0] != '/' || at[1] != '*')
        return at;
    end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
}

/* Skips one blank or comment. SQLite accepts a byte order mark as a blank wherever a token could
 * begin; inside a name it is part of the name. */
static const char *blank_end(const char *at)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (isspace((unsigned char)*at))
        return at + 1;
    if (*at == mark[0] && strncmp(at, mark, strlen(mark)) == 0)
        return at + strlen(mark);
    return sql_comment_end(at);
}

static const char *skip_blank(const char *at)
{
    const char *end;

    while ((end = blank_end(at)) != at)
        at = end;
    return at;
}

/* Returns the end of a quoted token. Inside, the quote is doubled, but a bracket cannot occur. */
static const char *quoted_end(const char *at)
{
    char quote = *at == '[' ? ']' : *at;

    for (at++; *at; at++) {
        if (*at != quote)
            continue;
        if (quote == ']' || at[1] != quote)
            return at + 1;
        at++;
    }
    return at;
}

/* Returns the end of a number. A sign may follow the E of an exponent, but not in a hexadecimal
 * number. */
static const char *number_end(const char *at)
{
    bool is_hex = at[0] == '0' && (at[1] == 'x' || at[1] == 'X');

    while (is_word(*at) || *at == '.' ||
           ((*at == '+' || *at == '-') && !is_hex && (at[-1] == 'e' || at[-1] == 'E')))
        at++;
    return at;
}

static const char *word_end(const char *at)
{
    while (is_word(*at))
        at++;
    return at;
}

static size_t sign_length(const char *at)
{
    static const char *const pairs[] = {"<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->"};

    if (strncmp(at, "->>", 3) == 0)
        return 3;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        if (at[0] == pairs[i][0] && at[1] == pairs[i][1])
            return 2;
    return 1;
}

static struct sql_token token(enum sql_kind kind, const char *at, const char *end)
{
    return (struct sql_token){kind, at, (size_t)(end - at)};
}

struct sql_token sql_token_at(const char *at)
{
    at = skip_blank(at);
    if (!*at)
        return token(SQL_END, at, at);
    if (is_quote(*at))
        return token(*at == '\'' ? SQL_STRING : SQL_NAME, at, quoted_end(at));
    if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1])))
        return token(SQL_NUMBER, at, number_end(at));
    if (*at == '?')
        return token(SQL_PARAMETER, at, at + 1 + strspn(at + 1, "0123456789"));
    if (strchr(":@$", *at) && is_word(at[1]))
        return token(SQL_PARAMETER, at, word_end(at + 1));
    if (is_word(*at))
        return token(SQL_WORD, at, word_end(at));
    return token(SQL_SIGN, at, at + sign_length(at));
}

struct sql_token sql_token_next(struct sql_token t)
{
    return sql_token_at(t.at + t.len);
}

struct sql_token sql_token_skip(struct sql_token t)
{
    size_t depth = 0;

    for (; t.len; t = sql_token_next(t)) {
        depth += sql_token_is(t, "(");
        depth -= sql_token_is(t, ")");
        if (depth == 0)
            return sql_token_next(t);
    }
    return t;
}

bool sql_token_is(struct sql_token t, const char *word)
{
    return (t.kind == SQL_WORD || t.kind == SQL_SIGN) && t.len == strlen(word) &&
           strncasecmp(t.at, word, t.len) == 0;
}

bool sql_token_names(struct sql_token t, const char *name)
{
    const char *at = t.at + 1, *end = t.at + t.len - 1;
    char quote;

    if (t.kind == SQL_WORD)
        return t.len == strlen(name) && strncasecmp(t.at, name, t.len) == 0;
    if ((t.kind != SQL_NAME && t.kind != SQL_STRING) || t.len < 2)
        return false;
    for (quote = *end; at < end && *name; name++) {
        if (tolower((unsigned char)*at) != tolower((unsigned char)*name))
            return false;
        at += *at == quote ? 2 : 1;
    }
    return at == end && !*name;
}

void sql_token_text(struct sql_token t, char *out)
{
    const char *end = t.at + t.len;
    char quote = *t.at == '[' ? ']' : *t.at;

    if (t.kind != SQL_NAME && t.kind != SQL_STRING) {
        memcpy(out, t.at, t.len);
        out[t.len] = '\0';
        return;
    }
    for (const char *at = t.at + 1; at < end; at++) {
        if (*at == quote && (at[1] != quote || quote == ']'))
            break;
        at += *at == quote;
        *out++ = *at;
    }
    *out = '\0';
}
