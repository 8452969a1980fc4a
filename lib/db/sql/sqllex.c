/* SPDX-License-Identifier: MIT */
/* A tokenizer and nothing more: whatever must be known of a statement is decided by tokens, and
 * everything else is left to the engine. It must agree with the engine on where each token ends,
 * above all of strings and comments, because row security rewrites statements by these tokens: text
 * that we take for a comment and the engine executes would be a hole. Deviations are safe in one
 * direction only, so nothing is refused here and every byte belongs to a token or a gap. The
 * dialect has a flag for each rule in which engines differ: sqlite3GetToken() is SQLite's, and
 * src/backend/parser/scan.l PostgreSQL's (with standard_conforming_strings on). */
#include "lib/db/sql/sqllex.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return isdigit((unsigned char)c);
}

static bool is_first_letter(char c)
{
    return is_word(c) && !is_digit(c) && c != '$';
}

/* Returns the end of a comment between slash and star. */
static const char *block_end(const char *at, const struct dialect *dialect)
{
    size_t depth = 1;

    for (at += 2; *at; at++) {
        if (at[0] == '*' && at[1] == '/') {
            at++;
            if (--depth == 0)
                return at + 1;
        } else if (dialect->lex & LEX_NESTED_COMMENTS && at[0] == '/' && at[1] == '*') {
            at++;
            depth++;
        }
    }
    return at;
}

static const char *line_end(const char *at, const struct dialect *dialect)
{
    return at + strcspn(at, dialect->lex & LEX_NESTED_COMMENTS ? "\r\n" : "\n");
}

const char *sql_comment_end(const char *at, const struct dialect *dialect)
{
    if (at[0] == '-' && at[1] == '-')
        return line_end(at, dialect);
    return at[0] == '/' && at[1] == '*' ? block_end(at, dialect) : at;
}

/* Skips one blank or comment. SQLite accepts a byte order mark as a blank wherever a token could
 * begin; inside a name it is part of the name. */
static const char *blank_end(const char *at, const struct dialect *dialect)
{
    static const char mark[] = "\xef\xbb\xbf";

    if (isspace((unsigned char)*at))
        return at + 1;
    if (dialect->lex & LEX_MARKS && strncmp(at, mark, strlen(mark)) == 0)
        return at + strlen(mark);
    return sql_comment_end(at, dialect);
}

static const char *skip_blank(const char *at, const struct dialect *dialect)
{
    const char *end;

    while ((end = blank_end(at, dialect)) != at)
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

/* Returns the quote of the string that continues the one before `at`, or NULL. Only blanks and --
 * comments may be between them, and a new line must be. */
static const char *continuation(const char *at, const struct dialect *dialect)
{
    bool is_new_line = false;

    for (;; at++) {
        if (at[0] == '-' && at[1] == '-')
            at = line_end(at, dialect);
        if (!*at || !strchr(" \t\f\r\n", *at))
            return is_new_line && *at == '\'' ? at : NULL;
        is_new_line |= *at == '\r' || *at == '\n';
    }
}

/* Returns the end of E'…', in which a backslash escapes, and which keeps its rules where it
 * continues in another line. */
static const char *escaped_end(const char *at, const struct dialect *dialect)
{
    const char *next;

    for (at += 2; *at; at++) {
        if ((*at == '\\' && at[1]) || (*at == '\'' && at[1] == '\'')) {
            at++;
        } else if (*at == '\'') {
            next = continuation(at + 1, dialect);
            if (!next)
                return at + 1;
            at = next;
        }
    }
    return at;
}

/* Returns the end of $tag$…$tag$, or NULL if `at` begins no such string. */
static const char *dollar_end(const char *at)
{
    const char *tag_end = at + 1;

    if (is_first_letter(*tag_end))
        while (is_word(*tag_end) && *tag_end != '$')
            tag_end++;
    if (*tag_end != '$')
        return NULL;
    for (size_t len = (size_t)(tag_end - at) + 1; *++tag_end;)
        if (strncmp(tag_end, at, len) == 0)
            return tag_end + len;
    return tag_end;
}

static const char *digits_end(const char *at)
{
    while (is_digit(*at))
        at++;
    return at;
}

/* Returns the end of a number that any letter ends, except in an exponent. */
static const char *plain_number_end(const char *at)
{
    const char *power;

    at = digits_end(at);
    if (*at == '.')
        at = digits_end(at + 1);
    power = at + (*at == 'e' || *at == 'E');
    power += power > at && (*power == '+' || *power == '-');
    return power > at && is_digit(*power) ? digits_end(power) : at;
}

/* Returns the end of a number. A sign may follow the E of an exponent, but not in a hexadecimal
 * number. */
static const char *number_end(const char *at, const struct dialect *dialect)
{
    bool is_hex = at[0] == '0' && (at[1] == 'x' || at[1] == 'X');

    if (dialect->lex & LEX_JUNK)
        return plain_number_end(at);
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

/* Returns the end of a parameter, or NULL if `at` begins none. */
static const char *parameter_end(const char *at, const struct dialect *dialect)
{
    bool may_number = !(dialect->lex & LEX_CASTS);

    if (*at == ':' && (may_number ? is_word(at[1]) : is_first_letter(at[1])))
        return word_end(at + 1);
    if (dialect->lex & LEX_VARIABLES && *at == '?')
        return digits_end(at + 1);
    if (dialect->lex & LEX_VARIABLES && (*at == '@' || *at == '$') && is_word(at[1]))
        return word_end(at + 1);
    return dialect->lex & LEX_DOLLARS && *at == '$' && is_digit(at[1]) ? digits_end(at + 1) : NULL;
}

/* Returns the end of a string, or NULL if `at` begins none. */
static const char *string_end(const char *at, const struct dialect *dialect)
{
    if (*at == '\'')
        return quoted_end(at);
    if (dialect->lex & LEX_ESCAPES && (*at == 'e' || *at == 'E') && at[1] == '\'')
        return escaped_end(at, dialect);
    return dialect->lex & LEX_DOLLARS && *at == '$' ? dollar_end(at) : NULL;
}

static bool begins_name(const char *at, const struct dialect *dialect)
{
    return *at == '"' || (dialect->lex & LEX_BRACKETS && (*at == '`' || *at == '['));
}

static size_t sign_length(const char *at, const struct dialect *dialect)
{
    static const char *const pairs[] = {"<=", ">=", "<>", "!=", "==", "||", "<<", ">>", "->"};

    if (strncmp(at, "->>", 3) == 0)
        return 3;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
        if (at[0] == pairs[i][0] && at[1] == pairs[i][1])
            return 2;
    return dialect->lex & LEX_CASTS && at[0] == ':' && (at[1] == ':' || at[1] == '=') ? 2 : 1;
}

struct sql_token sql_token_at(const char *at, const struct dialect *dialect)
{
    struct sql_token t = {.kind = SQL_SIGN, .dialect = dialect};
    const char *end;

    t.at = at = skip_blank(at, dialect);
    if (!*at) {
        t.kind = SQL_END;
        end = at;
    } else if ((end = string_end(at, dialect))) {
        t.kind = SQL_STRING;
    } else if (begins_name(at, dialect)) {
        t.kind = SQL_NAME;
        end = quoted_end(at);
    } else if (is_digit(*at) || (*at == '.' && is_digit(at[1]))) {
        t.kind = SQL_NUMBER;
        end = number_end(at, dialect);
    } else if ((end = parameter_end(at, dialect))) {
        t.kind = SQL_PARAMETER;
    } else if (is_first_letter(*at) || (*at == '$' && dialect->lex & LEX_VARIABLES)) {
        t.kind = SQL_WORD;
        end = word_end(at);
    } else {
        end = at + sign_length(at, dialect);
    }
    t.len = (size_t)(end - at);
    return t;
}

struct sql_token sql_token_next(struct sql_token t)
{
    return sql_token_at(t.at + t.len, t.dialect);
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

/* Returns true if the letter of a name in SQL is that of the name looked for. */
static bool is_same_letter(char written, char wanted, bool folds, bool is_quoted)
{
    if (folds && is_quoted)
        return written == wanted;
    return tolower((unsigned char)written) == (folds ? wanted : tolower((unsigned char)wanted));
}

bool sql_token_names(struct sql_token t, const char *name)
{
    bool folds = t.dialect->lex & LEX_FOLDS, is_quoted = t.kind == SQL_NAME;
    const char *at = t.at, *end = t.at + t.len;

    is_quoted |= t.kind == SQL_STRING && !folds;
    if ((t.kind != SQL_WORD && !is_quoted) || (is_quoted && t.len < 2))
        return false;
    at += is_quoted;
    end -= is_quoted;
    for (; at < end && *name; name++) {
        if (!is_same_letter(*at, *name, folds, is_quoted))
            return false;
        at += is_quoted && *at == *end ? 2 : 1;
    }
    return at == end && !*name;
}

void sql_token_text(struct sql_token t, char *out)
{
    const char *end = t.at + t.len;
    char quote = *t.at == '[' ? ']' : *t.at;

    if (!strchr("'\"`]", quote) || (t.kind != SQL_NAME && t.kind != SQL_STRING)) {
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
