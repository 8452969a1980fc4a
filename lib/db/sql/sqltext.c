/* SPDX-License-Identifier: MIT */
#include "lib/db/sql/sqltext.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/sql/sqllex.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
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

/* Returns true if the text so far ends in a letter or a digit, which a parameter would join: in
 * a[i:j] the engine would read i$1, a name. */
static bool follows_word(const struct sqltext *t)
{
    char last = t->sql.len ? t->sql.data[t->sql.len - 1] : ' ';

    return is_word(last) || last == '$';
}

/* Writes the parameter at *t and advances *t. Returns false with *fault if it is malformed. */
static bool take_parameter(struct sqltext *out, struct sql_token *t, struct fault *fault)
{
    const struct dialect *dialect = t->dialect;
    const char *end = skip_name(t->at + 1);
    size_t number;

    if (*t->at != ':')
        return fault_set(fault, "parameters must be written as :name");
    if (dialect->lex & LEX_CASTS && follows_word(out))
        return fault_set(fault, "a blank is missing before the parameter; of a slice, after its :");
    number = number_of(out, t->at + 1, (size_t)(end - t->at) - 1);
    if (!number)
        return fault_set(fault, "too many parameters");
    buf_printf(&out->sql, "%c%zu", dialect->parameter, number);
    *t = sql_token_at(end, dialect);
    return true;
}

/* Copies the text up to the end of the statement, with the white space and comments between tokens.
 * Returns the token that ended it. */
static struct sql_token take_statement(struct sql_token t, const char *sql, struct sqltext *out,
                                       struct fault *fault)
{
    const char *from = sql;

    while (t.len && !sql_token_is(t, ";") && !fault_is_set(fault)) {
        buf_put(&out->sql, from, (size_t)(t.at - from));
        from = t.at;
        if (t.kind != SQL_PARAMETER) {
            buf_put(&out->sql, t.at, t.len);
            from = t.at + t.len;
            t = sql_token_next(t);
        } else if (take_parameter(out, &t, fault)) {
            from = skip_name(from + 1);
        }
    }
    buf_put(&out->sql, from, (size_t)(t.at - from));
    return t;
}

bool sqltext_parse(const char *sql, const struct dialect *dialect, struct sqltext *out,
                   struct fault *fault)
{
    struct sql_token first = sql_token_at(sql, dialect), t;

    *out = (struct sqltext){0};
    fault_clear(fault);
    t = take_statement(first, sql, out, fault);
    if (!fault_is_set(fault) && t.at == first.at)
        fault_set(fault, "the statement is missing");
    while (!fault_is_set(fault) && sql_token_is(t, ";"))
        t = sql_token_next(t);
    if (!fault_is_set(fault) && t.len)
        fault_set(fault, "only one statement is allowed; use steps for several");
    while (out->sql.len && isspace((unsigned char)out->sql.data[out->sql.len - 1]))
        out->sql.len--;
    buf_text(&out->sql);
    if (!fault_is_set(fault))
        return true;
    fault->has_offset = true;
    fault->offset = (size_t)(t.at - sql);
    return false;
}

void sqltext_fini(struct sqltext *t)
{
    buf_fini(&t->sql);
    for (size_t i = 0; i < t->name_count; i++)
        free(t->names[i]);
    t->name_count = 0;
}
