/* SPDX-License-Identifier: MIT */
#include "lib/db/sqltext.h"

#include <ctype.h>
#include <stdlib.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const char *sqltext_comment_end(const char *at)
{
    const char *end;

    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    if (at[0] != '/' || at[1] != '*')
        return at;
    end = strstr(at + 2, "*/");
    return end ? end + 2 : at + strlen(at);
}

const char *sqltext_opaque_end(const char *at)
{
    char quote = *at == '[' ? ']' : *at;

    if (sqltext_comment_end(at) != at)
        return sqltext_comment_end(at);
    if (*at != '\'' && *at != '"' && *at != '`' && *at != '[')
        return at;
    for (at++; *at; at++) {
        if (*at != quote)
            continue;
        if (at[1] != quote || quote == ']')
            return at + 1;
        at++;
    }
    return at;
}

/* ":name" or ":step.column". */
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
    t->names[t->name_count++] = strndup(name, len);
    return t->name_count;
}

/* Drops what follows the statement: spaces, comments and semicolons. Returns where anything else
 * stands, NULL if nothing does. */
static const char *find_rest(const char *at)
{
    while (*at) {
        const char *end = sqltext_opaque_end(at);

        if (end != at && *at != '-' && *at != '/')
            return at;
        if (end == at && *at != ';' && !isspace((unsigned char)*at))
            return at;
        at = end == at ? at + 1 : end;
    }
    return NULL;
}

static const char *take_parameter(struct sqltext *t, const char *at)
{
    const char *end = skip_name(at + 1);
    size_t number = number_of(t, at + 1, (size_t)(end - at) - 1);

    buf_printf(&t->sql, "?%zu", number);
    return number ? end : NULL;
}

bool sqltext_parse(const char *sql, struct sqltext *out, const char **why, size_t *offset)
{
    const char *at = sql, *end;
    bool has_code = false;

    *out = (struct sqltext){0};
    *why = NULL;
    while (*at && *at != ';' && !*why) {
        end = sqltext_opaque_end(at);
        if (end != at) {
            buf_put(&out->sql, at, (size_t)(end - at));
        } else if (*at == ':' && is_word(at[1])) {
            end = take_parameter(out, at);
            if (!end) {
                *why = "too many parameters";
                end = at;
            }
        } else if (*at == '?' || *at == '$' || *at == '@') {
            *why = "parameters are written :name";
        } else {
            buf_putc(&out->sql, *at);
            end = at + 1;
        }
        has_code |= !isspace((unsigned char)*at) && sqltext_comment_end(at) == at;
        if (!*why)
            at = end;
    }
    if (!*why && (end = find_rest(at))) {
        *why = "only one statement may stand here; use steps for several";
        at = end;
    }
    while (out->sql.len && isspace((unsigned char)out->sql.data[out->sql.len - 1]))
        out->sql.len--;
    if (!*why && !has_code)
        *why = "there is no statement";
    buf_text(&out->sql);
    *offset = (size_t)(at - sql);
    return !*why;
}

void sqltext_fini(struct sqltext *t)
{
    buf_fini(&t->sql);
    for (size_t i = 0; i < t->name_count; i++)
        free(t->names[i]);
    t->name_count = 0;
}
