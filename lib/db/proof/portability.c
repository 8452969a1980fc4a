/* SPDX-License-Identifier: MIT */
/* One pass over the tokens, which tries every rule of the table at every token, and then the few
 * checks that a table cannot express. The pass knows only what tells a keyword from a name: the two
 * tokens before, the depth of parentheses, and whether the statement creates a table. A name before
 * "(" is a function only where no table, index or common table expression is named. */
#include "lib/db/proof/portability.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/db/sql/sqllex.h"

#define COUNT(list) (sizeof(list) / sizeof(*(list)))

enum where { ANYWHERE, START, CALL, TYPE, TABLE, OPTION, INFIX };

struct scan {
    struct sql_token t, before, before2; /* len 0 at the start of a statement */
    size_t depth;
    bool is_create, is_table; /* the statement is CREATE, or CREATE or ALTER TABLE */
};

static bool is_one_of(struct sql_token t, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (sql_token_is(t, words[i]))
            return true;
    return false;
}

/* --- the rules of the table --- */

static bool matches_part(struct sql_token t, const char *part, size_t len)
{
    if (len == 1 && *part == '#')
        return t.kind == SQL_NUMBER;
    if (len == 1 && *part == '\'')
        return t.kind == SQL_STRING;
    if (len == 1 && *part == '?')
        return t.kind == SQL_NUMBER || t.kind == SQL_PARAMETER;
    return (t.kind == SQL_WORD || t.kind == SQL_SIGN) && t.len == len &&
           strncasecmp(t.at, part, len) == 0;
}

static bool matches_any(struct sql_token t, const char *parts, size_t len)
{
    for (const char *end = parts + len; parts < end;) {
        size_t part = strcspn(parts, "| ");

        if (matches_part(t, parts, part))
            return true;
        parts += part + 1;
    }
    return false;
}

static bool matches(struct sql_token t, const char *pattern)
{
    for (; *pattern; t = sql_token_next(t)) {
        size_t len = strcspn(pattern, " ");

        if (!matches_any(t, pattern, len))
            return false;
        pattern += len + (pattern[len] == ' ');
    }
    return true;
}

/* Returns true if the name before "(" is that of a function. */
static bool is_call(const struct scan *s)
{
    static const char *const naming[] = {"INTO",       "TABLE", "EXISTS",    "VIEW", "INDEX",
                                         "REFERENCES", "WITH",  "RECURSIVE", "."};
    static const char *const body[] = {"(", "NOT", "MATERIALIZED"};
    struct sql_token open = sql_token_next(s->t), after;

    if (!sql_token_is(open, "(") || is_one_of(s->before, naming, COUNT(naming)) ||
        (s->is_create && sql_token_is(s->before, "ON")))
        return false;
    after = sql_token_skip(open);
    return !sql_token_is(after, "AS") || !is_one_of(sql_token_next(after), body, COUNT(body));
}

/* Returns true if the token ends a value. */
static bool is_value(struct sql_token t)
{
    static const char *const not [] = {"NOT", "SELECT", "WHERE", "AND", "OR", "BY", "ON", "AS"};

    return t.len && (t.kind != SQL_SIGN || sql_token_is(t, ")")) && !is_one_of(t, not, COUNT(not ));
}

/* Returns true if the token stands where CREATE or ALTER TABLE has a type, or CAST. */
static bool is_type(const struct scan *s)
{
    static const char *const naming[] = {"TABLE", "EXISTS", "COLUMN", "ADD", "TO", "RENAME"};

    if (s->is_table)
        return s->depth <= 1 && s->before.kind != SQL_SIGN &&
               !is_one_of(s->before, naming, COUNT(naming));
    return sql_token_is(s->before, "AS") && sql_token_is(sql_token_next(s->t), ")");
}

static bool is_here(const struct scan *s, enum where where)
{
    switch (where) {
    case START:
        return !s->before.len;
    case CALL:
        return is_call(s);
    case TABLE:
        return s->is_table;
    case OPTION:
        return s->is_table && !s->depth &&
               (sql_token_is(s->before, ")") || sql_token_is(s->before, ","));
    case TYPE:
        return is_type(s);
    case INFIX:
        return is_value(s->before) || sql_token_is(s->before, "NOT");
    case ANYWHERE:
        break;
    }
    return true;
}

static const struct {
    enum where where;
    const char *pattern, *what, *instead;
} rules[] = {
#define RULE(where, pattern, what, instead) {where, pattern, what, instead},
#include "lib/db/proof/portability.def"
#undef RULE
};

/* --- what needs more than a pattern --- */

static bool is_foreign_quote(const struct scan *s)
{
    return s->t.kind == SQL_NAME && (*s->t.at == '`' || *s->t.at == '[');
}

/* IS between values: only the constants are portable. */
static bool is_comparing_is(const struct scan *s)
{
    static const char *const portable[] = {"NULL", "TRUE", "FALSE", "DISTINCT"};
    struct sql_token next = sql_token_next(s->t);

    if (!sql_token_is(s->t, "IS"))
        return false;
    if (sql_token_is(next, "NOT"))
        next = sql_token_next(next);
    return next.len && !is_one_of(next, portable, COUNT(portable));
}

static bool is_json_path(const struct scan *s)
{
    struct sql_token next = sql_token_next(s->t);

    return (sql_token_is(s->t, "->") || sql_token_is(s->t, "->>")) && next.kind == SQL_STRING &&
           next.at[1] == '$';
}

/* The row's number as a column; not where it is the name of something new. */
static bool is_rowid(const struct scan *s)
{
    static const char *const naming[] = {"AS", "WITHOUT"};

    return (sql_token_is(s->t, "rowid") || sql_token_is(s->t, "_rowid_")) && !s->is_create &&
           s->t.kind == SQL_WORD && !is_one_of(s->before, naming, COUNT(naming));
}

static bool is_catalogue(const struct scan *s)
{
    static const char *const names[] = {"sqlite_schema", "sqlite_master", "sqlite_sequence",
                                        "sqlite_stat1"};

    return s->t.kind == SQL_WORD && is_one_of(s->t, names, COUNT(names));
}

static bool is_blob_literal(const struct scan *s)
{
    struct sql_token next = sql_token_next(s->t);

    return sql_token_is(s->t, "x") && next.kind == SQL_STRING && next.at == s->t.at + 1;
}

/* min() and max() of several values are other functions than the aggregates. */
static bool is_greatest(const struct scan *s)
{
    struct sql_token t = sql_token_next(s->t);

    if ((!sql_token_is(s->t, "min") && !sql_token_is(s->t, "max")) || !is_call(s))
        return false;
    for (t = sql_token_next(t); t.len && !sql_token_is(t, ")");
         t = sql_token_is(t, "(") ? sql_token_skip(t) : sql_token_next(t))
        if (sql_token_is(t, ","))
            return true;
    return false;
}

static bool is_unnamed_source(const struct scan *s)
{
    static const char *const sources[] = {"FROM", "JOIN"}, *const queries[] = {"SELECT", "VALUES"};
    static const char *const ends[] = {
        "WHERE", "JOIN",  "LEFT",  "RIGHT", "FULL",   "INNER",  "CROSS",  "ON",        "USING",
        "GROUP", "ORDER", "LIMIT", "UNION", "EXCEPT", "HAVING", "WINDOW", "INTERSECT", "NATURAL"};
    struct sql_token after;

    if (!sql_token_is(s->t, "(") || !is_one_of(s->before, sources, COUNT(sources)) ||
        sql_token_is(s->before2, "DISTINCT") ||
        !is_one_of(sql_token_next(s->t), queries, COUNT(queries)))
        return false;
    after = sql_token_skip(s->t);
    return !after.len || after.kind == SQL_SIGN || is_one_of(after, ends, COUNT(ends));
}

static const struct {
    bool (*is_found)(const struct scan *s);
    const char *what, *instead;
} checks[] = {
    {is_foreign_quote, "a name in ` or [ ]", "a name in double quotes"},
    {is_comparing_is, "IS between values", "IS [NOT] DISTINCT FROM"},
    {is_json_path, "-> with a path that begins with $",
     "-> with a key or an index, or #>> with a path"},
    {is_rowid, "rowid", "the column of the primary key"},
    {is_catalogue, "a table of SQLite's schema", "information_schema"},
    {is_blob_literal, "a blob literal", "'\\x…'::bytea"},
    {is_greatest, "min() or max() of several values", "least(…) or greatest(…)"},
    {is_unnamed_source, "a subquery in FROM without a name", "(…) AS name"},
};

/* --- the pass --- */

static void judge(const struct scan *s, const char *sql, portability_fn found, void *arg)
{
    size_t offset = (size_t)(s->t.at - sql);

    for (size_t i = 0; i < COUNT(rules); i++)
        if (matches(s->t, rules[i].pattern) && is_here(s, rules[i].where))
            found(arg, offset, rules[i].what, rules[i].instead);
    for (size_t i = 0; i < COUNT(checks); i++)
        if (checks[i].is_found(s))
            found(arg, offset, checks[i].what, checks[i].instead);
}

static void begin_statement(struct scan *s, struct sql_token first)
{
    *s = (struct scan){.t = first};
    s->is_create = sql_token_is(first, "CREATE") || sql_token_is(first, "ALTER");
    s->is_table = s->is_create && sql_token_is(sql_token_next(first), "TABLE");
}

void portability_check(const char *sql, portability_fn found, void *arg)
{
    struct scan s;

    begin_statement(&s, sql_token_at(sql, &dialect_sqlite));
    while (s.t.len) {
        judge(&s, sql, found, arg);
        if (sql_token_is(s.t, ";")) {
            begin_statement(&s, sql_token_next(s.t));
            continue;
        }
        s.depth += sql_token_is(s.t, "(");
        s.depth -= s.depth && sql_token_is(s.t, ")");
        s.before2 = s.before;
        s.before = s.t;
        s.t = sql_token_next(s.t);
    }
}
