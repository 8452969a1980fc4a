/* SPDX-License-Identifier: MIT */
#include "lib/db/sqltext.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/sqllex.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Skips ":name" or ":step.column". */
static const char *skip_name(const char *at)
{
    while (is_word(*at))
        at++;
    if (*at == '.' && is_word(at[1]))
        for (at++; is_word(*at);)
            at++;
    return at;
}

static size_t number_of(struct sqltext *t, const char *name, size_t len)
{
    for (size_t i = 0; i < t->name_count; i++)
        if (strlen(t->names[i]) == len && strncmp(t->names[i], name, len) == 0)
            return i + 1;
    if (t->name_count == SQLTEXT_NAMES_MAX)
        return 0;
    t->names[t->name_count++] = xstrndup(name, len);
    return t->name_count;
}

/* Writes the parameter at *t and advances *t. Returns false with *why if it is malformed. */
static bool take_parameter(struct sqltext *out, struct sql_token *t, const char **why)
{
    const char *end = skip_name(t->at + 1);
    size_t number;

    if (*t->at != ':') {
        *why = "parameters must be written as :name";
        return false;
    }
    number = number_of(out, t->at + 1, (size_t)(end - t->at) - 1);
    if (!number) {
        *why = "too many parameters";
        return false;
    }
    buf_printf(&out->sql, "?%zu", number);
    *t = sql_token_at(end);
    return true;
}

/* Copies the text up to the end of the statement, with the white space and comments between tokens.
 * Returns the token that ended it. */
static struct sql_token take_statement(const char *sql, struct sqltext *out, const char **why)
{
    struct sql_token t = sql_token_at(sql);
    const char *from = sql;

    while (t.len && !sql_token_is(t, ";") && !*why) {
        buf_put(&out->sql, from, (size_t)(t.at - from));
        from = t.at;
        if (t.kind != SQL_PARAMETER) {
            buf_put(&out->sql, t.at, t.len);
            from = t.at + t.len;
            t = sql_token_next(t);
        } else if (take_parameter(out, &t, why)) {
            from = skip_name(from + 1);
        }
    }
    buf_put(&out->sql, from, (size_t)(t.at - from));
    return t;
}

bool sqltext_parse(const char *sql, struct sqltext *out, const char **why, size_t *offset)
{
    struct sql_token t;

    *out = (struct sqltext){0};
    *why = NULL;
    t = take_statement(sql, out, why);
    if (!*why && t.at == sql_token_at(sql).at)
        *why = "the statement is missing";
    while (!*why && sql_token_is(t, ";"))
        t = sql_token_next(t);
    if (!*why && t.len)
        *why = "only one statement is allowed; use steps for several";
    while (out->sql.len && isspace((unsigned char)out->sql.data[out->sql.len - 1]))
        out->sql.len--;
    buf_text(&out->sql);
    *offset = (size_t)(t.at - sql);
    return !*why;
}

void sqltext_fini(struct sqltext *t)
{
    buf_fini(&t->sql);
    for (size_t i = 0; i < t->name_count; i++)
        free(t->names[i]);
    t->name_count = 0;
}
