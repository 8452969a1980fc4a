/* SPDX-License-Identifier: MIT */
/* Clauses are found by their keywords outside of parentheses, in their order: a keyword that comes
 * too early or too late is a name or a part of an expression (IS DISTINCT FROM). Each part becomes
 * a text of its own, so that the lexer ends where the part does. */
#include "lib/db/proof/select_shape.h"

#include <string.h>

#include "lib/db/sql/sqllex.h"

enum { PARTS_MAX = 256 };
enum clause { RESULT, FROM, WHERE, GROUP, HAVING, WINDOW, ORDER, LIMIT, COMPOUND, CLAUSE_COUNT };

static const struct {
    const char *word;
    enum clause clause;
} clauses[] = {{"FROM", FROM},       {"WHERE", WHERE},       {"GROUP", GROUP}, {"HAVING", HAVING},
               {"WINDOW", WINDOW},   {"ORDER", ORDER},       {"LIMIT", LIMIT}, {"UNION", COMPOUND},
               {"EXCEPT", COMPOUND}, {"INTERSECT", COMPOUND}};

static bool is_any(struct sql_token t, const char *const *words)
{
    for (; *words; words++)
        if (sql_token_is(t, *words))
            return true;
    return false;
}

static bool is_identifier(struct sql_token t)
{
    return t.kind == SQL_WORD || t.kind == SQL_NAME;
}

static const char *text_of(struct sql_token t, struct arena *arena)
{
    char *out = arena_alloc(arena, t.len + 1);

    sql_token_text(t, out);
    return out;
}

/* Returns the token after this one, or after its parentheses. */
static struct sql_token step_over(struct sql_token t)
{
    return sql_token_is(t, "(") ? sql_token_skip(t) : sql_token_next(t);
}

static const char *between(const char *from, const char *to, struct arena *arena)
{
    return arena_strndup(arena, from, (size_t)(to - from));
}

/* Returns what the parentheses at `t` hold. */
static const char *inside(struct sql_token t, struct arena *arena)
{
    struct sql_token at = sql_token_next(t), end = at;

    while (end.len && !sql_token_is(end, ")"))
        end = step_over(end);
    return between(at.at, end.at, arena);
}

const char **select_split(const char *text, const char *at, struct arena *arena, size_t *count)
{
    const char **parts = arena_alloc(arena, PARTS_MAX * sizeof(*parts));
    struct sql_token t = sql_token_at(text, &dialect_sqlite);
    const char *start = text;

    for (*count = 0; *count < PARTS_MAX - 1 && t.len; t = step_over(t)) {
        if (!sql_token_is(t, at))
            continue;
        parts[(*count)++] = between(start, t.at, arena);
        start = t.at + t.len;
    }
    parts[(*count)++] = start;
    return parts;
}

const char **select_names(const char *text, struct arena *arena, size_t *count)
{
    const char **names =
        select_split(inside(sql_token_at(text, &dialect_sqlite), arena), ",", arena, count);

    for (size_t i = 0; i < *count; i++)
        names[i] = text_of(sql_token_at(names[i], &dialect_sqlite), arena);
    return names;
}

const char *select_inside(const char *text, struct arena *arena)
{
    struct sql_token t = sql_token_at(text, &dialect_sqlite);

    return sql_token_is(t, "(") && !sql_token_skip(t).len ? inside(t, arena) : NULL;
}

struct select_ref select_ref_of(const char *text, struct arena *arena)
{
    struct sql_token t = sql_token_at(text, &dialect_sqlite), dot = sql_token_next(t), last;
    const char *inner = select_inside(text, arena);

    if (inner)
        return select_ref_of(inner, arena);
    if (!is_identifier(t))
        return (struct select_ref){0};
    if (!dot.len)
        return (struct select_ref){.column = text_of(t, arena)};
    last = sql_token_next(dot);
    if (!sql_token_is(dot, ".") || !is_identifier(last) || sql_token_next(last).len)
        return (struct select_ref){0};
    return (struct select_ref){text_of(t, arena), text_of(last, arena)};
}

/* Reads "expression [AS] name". */
static struct select_item read_item(const char *text, struct arena *arena)
{
    struct sql_token before = {0}, last = sql_token_at(text, &dialect_sqlite), next;
    bool can_end;

    for (; (next = step_over(last)).len; last = next)
        before = last;
    can_end = is_identifier(before) || before.kind == SQL_NUMBER || before.kind == SQL_STRING ||
              before.kind == SQL_PARAMETER || sql_token_is(before, "(");
    if (!before.len || !can_end || (!is_identifier(last) && last.kind != SQL_STRING) ||
        sql_token_is(last, "END"))
        return (struct select_item){text, NULL};
    if (sql_token_is(before, "AS"))
        return (struct select_item){between(text, before.at, arena), text_of(last, arena)};
    return (struct select_item){between(text, last.at, arena), text_of(last, arena)};
}

static void read_items(const char *text, struct arena *arena, struct select_shape *out)
{
    const char **parts = select_split(text, ",", arena, &out->item_count);

    out->items = arena_alloc(arena, out->item_count * sizeof(*out->items));
    for (size_t i = 0; i < out->item_count; i++)
        out->items[i] = read_item(parts[i], arena);
    out->is_known &= out->item_count < PARTS_MAX;
}

static const char *const join_words[] = {",",    "JOIN",  "NATURAL", "LEFT",  "RIGHT",
                                         "FULL", "INNER", "CROSS",   "OUTER", NULL};

/* Reads a table or subselect with its alias. Returns the token after it. */
static struct sql_token read_source(struct sql_token t, struct arena *arena,
                                    struct select_shape *shape, struct select_source *out)
{
    static const char *const not_alias[] = {"ON", "USING", "INDEXED", "NOT", NULL};
    static const char *const selects[] = {"SELECT", "WITH", NULL};

    if (sql_token_is(t, "(")) {
        out->select = inside(t, arena);
        shape->is_known &= is_any(sql_token_at(out->select, &dialect_sqlite), selects);
    } else {
        out->table = text_of(t, arena);
        shape->is_known &= is_identifier(t);
    }
    t = step_over(t);
    if (sql_token_is(t, ".") || sql_token_is(t, "(")) /* a schema, or a function with rows */
        shape->is_known = false;
    out->name = out->table ? out->table : "";
    if (sql_token_is(t, "AS"))
        t = sql_token_next(t);
    if (is_identifier(t) && !is_any(t, not_alias) && !is_any(t, join_words)) {
        out->name = text_of(t, arena);
        t = sql_token_next(t);
    }
    if (sql_token_is(t, "NOT")) /* INDEXED */
        return sql_token_next(sql_token_next(t));
    return sql_token_is(t, "INDEXED") ? sql_token_next(sql_token_next(sql_token_next(t))) : t;
}

/* Reads ON or USING. Returns the token after it. */
static struct sql_token read_constraint(struct sql_token t, struct arena *arena,
                                        struct select_source *out)
{
    struct sql_token start = sql_token_next(t);

    if (sql_token_is(t, "USING")) {
        out->shared = select_names(start.at, arena, &out->shared_count);
        return sql_token_skip(start);
    }
    if (!sql_token_is(t, "ON"))
        return t;
    for (t = start; t.len && !is_any(t, join_words); t = step_over(t))
        continue;
    out->on = between(start.at, t.at, arena);
    return t;
}

static void read_sources(const char *text, struct arena *arena, struct select_shape *out)
{
    static const char *const unusual[] = {"NATURAL", "RIGHT", "FULL", NULL};
    struct sql_token t = sql_token_at(text, &dialect_sqlite);
    bool is_left = false;

    out->sources = arena_zalloc(arena, PARTS_MAX * sizeof(*out->sources));
    while (t.len && out->is_known && out->source_count < PARTS_MAX) {
        struct select_source *source = &out->sources[out->source_count++];

        source->is_left = is_left;
        t = read_constraint(read_source(t, arena, out, source), arena, source);
        out->is_known &= !t.len || is_any(t, join_words);
        for (is_left = false; is_any(t, join_words); t = sql_token_next(t)) {
            is_left |= sql_token_is(t, "LEFT");
            out->is_known &= !is_any(t, unusual);
        }
    }
    out->is_known &= out->source_count < PARTS_MAX;
}

static size_t clause_of(struct sql_token t)
{
    size_t i = 0;

    while (i < sizeof(clauses) / sizeof(*clauses) && !sql_token_is(t, clauses[i].word))
        i++;
    return i < sizeof(clauses) / sizeof(*clauses) ? clauses[i].clause : RESULT;
}

/* Cuts what follows SELECT into its clauses. */
static void cut(struct sql_token t, struct arena *arena, const char *texts[static CLAUSE_COUNT],
                struct select_shape *out)
{
    struct sql_token before = {0};
    size_t clause = RESULT, next;
    const char *start = t.at;

    for (; t.len; before = t, t = step_over(t)) {
        next = clause_of(t);
        if (next == COMPOUND) { /* the last one decides */
            out->is_compound = true;
            out->is_union = !sql_token_is(sql_token_next(t), "ALL");
        }
        if (next <= clause || (next == FROM && sql_token_is(before, "DISTINCT")) ||
            (next == WINDOW && clause < FROM)) /* which may be a column's name */
            continue;
        texts[clause] = between(start, t.at, arena);
        clause = next;
        start = t.at + t.len;
    }
    texts[clause] = between(start, t.at, arena);
}

static struct sql_token read_ctes(struct sql_token t, struct arena *arena, struct select_shape *out)
{
    if (!sql_token_is(t, "WITH"))
        return t;
    out->ctes = arena_zalloc(arena, PARTS_MAX * sizeof(*out->ctes));
    t = sql_token_next(t);
    out->is_recursive = sql_token_is(t, "RECURSIVE");
    if (out->is_recursive)
        t = sql_token_next(t);
    while (is_identifier(t) && out->cte_count < PARTS_MAX) {
        struct select_cte *cte = &out->ctes[out->cte_count++];

        cte->name = text_of(t, arena);
        t = sql_token_next(t);
        if (sql_token_is(t, "("))
            cte->columns = select_names(t.at, arena, &cte->column_count);
        while (t.len && !sql_token_is(t, "AS"))
            t = step_over(t);
        while (t.len && !sql_token_is(t, "(")) /* NOT MATERIALIZED */
            t = sql_token_next(t);
        cte->select = inside(t, arena);
        t = sql_token_skip(t);
        if (!sql_token_is(t, ","))
            break;
        t = sql_token_next(t);
    }
    return t;
}

void select_read(const char *sql, struct arena *arena, struct select_shape *out)
{
    const char *texts[CLAUSE_COUNT] = {NULL};
    struct sql_token t;

    *out = (struct select_shape){.is_known = true};
    t = read_ctes(sql_token_at(sql, &dialect_sqlite), arena, out);
    out->is_known = sql_token_is(t, "SELECT");
    if (!out->is_known)
        return;
    t = sql_token_next(t);
    out->is_distinct = sql_token_is(t, "DISTINCT");
    if (out->is_distinct || sql_token_is(t, "ALL"))
        t = sql_token_next(t);
    cut(t, arena, texts, out);
    read_items(texts[RESULT], arena, out);
    if (texts[FROM])
        read_sources(texts[FROM], arena, out);
    out->where = texts[WHERE];
    if (texts[GROUP]) /* after BY */
        out->groups = select_split(sql_token_next(sql_token_at(texts[GROUP], &dialect_sqlite)).at,
                                   ",", arena, &out->group_count);
}
