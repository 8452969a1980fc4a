/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_script.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static const char *skip_quoted(const char *at, char quote, bool has_escapes)
{
    for (at++; *at; at++) {
        if ((has_escapes && *at == '\\' && at[1]) || (*at == quote && at[1] == quote))
            at++;
        else if (*at == quote)
            return at + 1;
    }
    return at;
}

static const char *skip_comment(const char *at)
{
    size_t depth = 0;

    if (*at == '-')
        return at + strcspn(at, "\n");
    do {
        bool opens = strncmp(at, "/*", 2) == 0, closes = strncmp(at, "*/", 2) == 0;

        depth += opens;
        depth -= closes;
        at += opens || closes ? 2 : 1;
    } while (depth && *at);
    return at;
}

/* Returns the end of a string that $tag$ opens, or NULL if none does. */
static const char *skip_dollars(const char *at)
{
    const char *end = at + 1;
    char tag[64];

    while (is_word(*end) && *end != '$' && !(end == at + 1 && isdigit((unsigned char)*end)))
        end++;
    if (*end != '$' || (size_t)(end + 1 - at) >= sizeof(tag))
        return NULL;
    snprintf(tag, sizeof(tag), "%.*s", (int)(end + 1 - at), at);
    end = strstr(end + 1, tag);
    return end ? end + strlen(tag) : at + strlen(at);
}

/* Returns the end of a comment, string or quoted name at `at`, or NULL if none is there. */
static const char *skip_opaque(const char *start, const char *at)
{
    bool is_escaped = at > start && (at[-1] | 32) == 'e' && (at - 1 == start || !is_word(at[-2]));

    if (strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
        return skip_comment(at);
    if (*at == '\'' || *at == '"')
        return skip_quoted(at, *at, *at == '\'' && is_escaped);
    return *at == '$' && (at == start || !is_word(at[-1])) ? skip_dollars(at) : NULL;
}

static bool is(struct slice word, const char *text)
{
    return word.len == strlen(text) && strncasecmp(word.data, text, word.len) == 0;
}

/* Where a scan is in a statement: whether it makes a function, and how deep its body is. */
struct nesting {
    size_t words, parentheses, blocks;
    bool creates, is_function;
};

static void enter_word(struct nesting *n, struct slice word)
{
    n->words++;
    n->creates |= n->words == 1 && is(word, "create");
    n->is_function |=
        n->creates && n->words <= 4 && (is(word, "function") || is(word, "procedure"));
    if (n->is_function && (is(word, "begin") || (n->blocks && is(word, "case"))))
        n->blocks++;
    else if (n->blocks && is(word, "end"))
        n->blocks--;
}

static const char *skip_blanks(const char *at)
{
    for (;;) {
        if (isspace((unsigned char)*at) || *at == ';')
            at++;
        else if (strncmp(at, "--", 2) == 0 || strncmp(at, "/*", 2) == 0)
            at = skip_comment(at);
        else
            return at;
    }
}

bool pg_script_next(const char **rest, struct slice *statement)
{
    const char *start = skip_blanks(*rest), *at = start;
    struct nesting n = {0};

    while (*at && (*at != ';' || n.parentheses || n.blocks)) {
        const char *end = skip_opaque(start, at);

        if (!end && is_word(*at)) {
            for (end = at; is_word(*end);)
                end++;
            if (*end != '\'') /* else the E of an E'…' */
                enter_word(&n, (struct slice){at, (size_t)(end - at)});
        }
        n.parentheses += !end && *at == '(';
        n.parentheses -= !end && *at == ')' && n.parentheses;
        at = end ? end : at + 1;
    }
    *statement = (struct slice){start, (size_t)(at - start)};
    *rest = *at ? at + 1 : at;
    return at > start;
}

bool pg_script_is_alone(const char *script)
{
    static const char mark[] = "leat: no transaction";

    for (const char *at = script; isspace((unsigned char)*at) || strncmp(at, "--", 2) == 0;) {
        const char *text = at + 2;

        if (isspace((unsigned char)*at)) {
            at++;
            continue;
        }
        text += strspn(text, " \t");
        at += strcspn(at, "\n");
        if (strncmp(text, mark, strlen(mark)) == 0 &&
            strspn(text + strlen(mark), " \t\r") == (size_t)(at - text) - strlen(mark))
            return true;
    }
    return false;
}

const char *pg_script_verb(struct slice statement, char *out, size_t size)
{
    size_t n = 0;

    while (n + 1 < size && n < statement.len && isalpha((unsigned char)statement.data[n])) {
        out[n] = (char)tolower((unsigned char)statement.data[n]);
        n++;
    }
    out[n] = '\0';
    return out;
}

void pg_script_calm(struct slice statement, char *out)
{
    static const char word[] = "concurrently";
    size_t len = strlen(word), i = 0;

    while (i < statement.len) {
        const char *at = statement.data + i, *end = skip_opaque(statement.data, at);
        size_t n = end ? (size_t)(end - at) : 1;

        if (!end && statement.len - i >= len && strncasecmp(at, word, len) == 0 &&
            (!i || !is_word(at[-1])) && !is_word(at[len])) {
            n = len;
            memset(out + i, ' ', n);
        } else {
            memcpy(out + i, at, n);
        }
        i += n;
    }
    out[statement.len] = '\0';
}
