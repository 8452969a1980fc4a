/* SPDX-License-Identifier: MIT */
#include "lib/db/dml.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/db/sqltext.h"

/* A word, something quoted, or any other character; len 0: the end. */
struct part {
    const char *at;
    size_t len;
};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static struct part part_at(const char *at)
{
    const char *end;

    while (isspace((unsigned char)*at) || sqltext_comment_end(at) != at)
        at = isspace((unsigned char)*at) ? at + 1 : sqltext_comment_end(at);
    end = sqltext_opaque_end(at);
    if (end == at)
        while (is_word(*end))
            end++;
    if (end == at && *at)
        end++;
    return (struct part){at, (size_t)(end - at)};
}

static struct part next(struct part p)
{
    return part_at(p.at + p.len);
}

static bool is(struct part p, const char *word)
{
    return p.len == strlen(word) && strncasecmp(p.at, word, p.len) == 0;
}

/* Whether the part names that: as it is, or in one of the four kinds of quotes, whose own kind
 * stands doubled inside. */
static bool names(struct part p, const char *name)
{
    char quote;
    const char *at = p.at + 1, *end = p.at + p.len - 1;

    if (p.len < 2 || !strchr("\"'`[", *p.at))
        return is(p, name);
    for (quote = *end; at < end && *name; name++) {
        if (tolower((unsigned char)*at) != tolower((unsigned char)*name))
            return false;
        at += *at == quote ? 2 : 1;
    }
    return at == end && !*name;
}

/* The part behind the parentheses that open at `p`. */
static struct part skip_parentheses(struct part p)
{
    int depth = 0;

    for (; p.len; p = next(p)) {
        depth += is(p, "(") - is(p, ")");
        if (depth == 0)
            return next(p);
    }
    return p;
}

/* The part behind WITH [RECURSIVE] name [(…)] AS [NOT] [MATERIALIZED] (…), … : behind a
 * parenthesis stands a comma, AS, or the verb of the statement. */
static struct part skip_with(struct part p)
{
    if (!is(p, "WITH"))
        return p;
    for (p = next(p); p.len;) {
        if (!is(p, "(")) {
            p = next(p);
            continue;
        }
        p = skip_parentheses(p);
        if (!is(p, ",") && !is(p, "AS"))
            break;
    }
    return p;
}

/* The name of the table that the statement changes; len 0: it reads only. */
static struct part find_target(const char *sql)
{
    struct part p = skip_with(part_at(sql));
    static const char *const verbs[][2] = {
        {"INSERT", "INTO"}, {"REPLACE", "INTO"}, {"UPDATE", ""}, {"DELETE", "FROM"}};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
        if (!is(p, verbs[i][0]))
            continue;
        p = next(p);
        if (is(p, "OR"))
            p = next(next(p));
        return is(p, verbs[i][1]) ? next(p) : p;
    }
    return (struct part){0};
}

bool dml_splice(const char *sql, const struct owned_table *tables, size_t count, struct buf *out)
{
    struct part target = find_target(sql);
    size_t i = 0;

    while (i < count && !(target.len && names(target, tables[i].name)))
        i++;
    if (i == count || is(next(target), ".")) {
        buf_puts(out, sql);
        return false;
    }
    buf_put(out, sql, (size_t)(target.at - sql));
    buf_puts(out, "main.");
    buf_puts(out, target.at);
    return true;
}

int dml_find_schema(const char *sql)
{
    for (struct part p = part_at(sql); p.len; p = next(p))
        if ((names(p, "main") || names(p, "temp")) && is(next(p), "."))
            return (int)(p.at - sql);
    return -1;
}
