/* SPDX-License-Identifier: MIT */
/* Two rows of the result that are equal in the columns are the same row if they come from the same
 * row of each source. So the columns are what is known at first, and knowledge is closed under
 *
 *     a = b, in ON, USING or WHERE    one side is known if the other is; it is also not NULL
 *     a = ?1                          a is known
 *     a unique key of a source        all of the source is known if the key is
 *
 * A source that is a SELECT itself is known if
 * the same proof succeeds for it. GROUP BY, DISTINCT and UNION make rows unique by themselves.
 *
 * It is refuted only if no condition was left that could make rows unique in a way that is not
 * understood (equalities.h). */
#include "lib/db/proof/prove_unique.h"

#include <string.h>
#include <strings.h>

#include "lib/core/buf.h"
#include "lib/db/proof/equalities.h"
#include "lib/db/proof/relation.h"
#include "lib/db/sql/sqllex.h"

enum { FACTS_MAX = 512 };

/* What is known while one SELECT is judged. */
struct closure {
    const struct relation *r;
    struct arena *arena;
    struct side *facts;
    size_t fact_count;
    struct equalities equalities;
    bool *is_done; /* by source: all of it is known */
    bool is_doubtful;
};

static enum unique judge(const struct relation *r, const char *const *names, size_t count,
                         struct arena *arena, struct unique_rows *rows);

static bool is_listed(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (name && strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

/* --- tables --- */

/* Returns true if values that are equal as the column compares them are equal in the key too. */
static bool is_fine_enough(const struct relation *table, const char *column, const char *collation)
{
    const char *own = relation_collation(table, column);

    return strcasecmp(own, "BINARY") == 0 || strcasecmp(own, collation) == 0;
}

static bool covers_key(const struct relation *table, const struct relation_key *key,
                       const char *const *names, size_t count)
{
    for (size_t i = 0; i < key->count; i++) {
        const char *column = key->columns[i];
        bool is_owner = column && table->owner && strcasecmp(table->owner, column) == 0;

        if (!is_owner && (!is_listed(names, count, column) ||
                          !is_fine_enough(table, column, key->collations[i])))
            return false;
    }
    return key->count > 0;
}

static bool has_rowid(const struct relation *table, const char *const *names, size_t count)
{
    static const char *const rowids[] = {"rowid", "oid", "_rowid_"};

    for (size_t i = 0; table->has_rowid && i < sizeof(rowids) / sizeof(*rowids); i++)
        if (is_listed(names, count, rowids[i]) && !relation_column(table, rowids[i]))
            return true;
    return table->rowid && is_listed(names, count, table->rowid);
}

/* Writes the columns that tell all rows of the table apart. */
static const char *name_key(const struct relation *table, struct arena *arena)
{
    struct buf *out = arena_buf(arena);

    if (table->rowid)
        return table->rowid;
    for (size_t i = 0; i < table->key_count && !out->len; i++)
        for (size_t k = 0; table->keys[i].is_certain && k < table->keys[i].count; k++)
            buf_printf(out, "%s%s", out->len ? ", " : "", table->keys[i].columns[k]);
    if (out->len)
        return buf_text(out);
    return table->has_rowid ? "rowid" : "a primary key";
}

static enum unique judge_table(const struct relation *r, const char *const *names, size_t count,
                               struct arena *arena, struct unique_rows *rows)
{
    bool is_certain = true;

    if (has_rowid(r, names, count))
        return UNIQUE_PROVED;
    for (size_t i = 0; i < r->key_count; i++) {
        if (r->keys[i].is_certain && covers_key(r, &r->keys[i], names, count))
            return UNIQUE_PROVED;
        is_certain &= r->keys[i].is_certain;
    }
    *rows = (struct unique_rows){r->table, name_key(r, arena)};
    return is_certain && !r->is_virtual ? UNIQUE_REFUTED : UNIQUE_UNKNOWN;
}

/* --- closure --- */

static bool is_known(const struct closure *k, struct side s)
{
    if (!s.column || k->is_done[s.source])
        return true;
    for (size_t i = 0; i < k->fact_count; i++)
        if (k->facts[i].source == s.source && strcasecmp(k->facts[i].column, s.column) == 0)
            return true;
    return false;
}

static bool learn(struct closure *k, struct side s)
{
    if (is_known(k, s) || k->fact_count == FACTS_MAX)
        return false;
    k->facts[k->fact_count++] = s;
    return true;
}

/* Returns true if something new was learnt. */
static bool follow_equalities(struct closure *k)
{
    bool is_new = false;

    for (size_t i = 0; i < k->equalities.count; i++) {
        const struct equality *e = &k->equalities.items[i];

        if (is_known(k, e->b) && (!e->is_left || e->a.source == e->about))
            is_new |= learn(k, e->a);
        if (is_known(k, e->a) && (!e->is_left || e->b.source == e->about))
            is_new |= learn(k, e->b);
    }
    return is_new;
}

static enum unique judge_source(struct closure *k, size_t source, struct unique_rows *rows)
{
    const char **names = arena_alloc(k->arena, (k->fact_count + 1) * sizeof(*names));
    size_t count = 0;

    for (size_t i = 0; i < k->fact_count; i++)
        if (k->facts[i].source == source)
            names[count++] = k->facts[i].column;
    return judge(k->r->sources[source], names, count, k->arena, rows);
}

/* Judges all sources. */
static enum unique close_over(struct closure *k, struct unique_rows *rows)
{
    struct unique_rows others = {0}; /* once the first source that is not known was told */
    enum unique worst;
    bool is_new;

    do {
        worst = UNIQUE_PROVED;
        is_new = follow_equalities(k);
        for (size_t i = 0; i < k->r->shape.source_count; i++) {
            struct unique_rows *told = worst == UNIQUE_PROVED ? rows : &others;
            enum unique found = k->is_done[i] ? UNIQUE_PROVED : judge_source(k, i, told);

            is_new |= found == UNIQUE_PROVED && !k->is_done[i];
            k->is_done[i] |= found == UNIQUE_PROVED;
            worst = worst == UNIQUE_UNKNOWN || found == UNIQUE_PROVED ? worst : found;
        }
    } while (is_new && worst != UNIQUE_PROVED);
    return worst;
}

/* Returns true if a column of the result is known. */
static bool is_column_known(const struct closure *k, const struct relation_column *column,
                            const char *const *names, size_t count)
{
    return is_listed(names, count, column->name) ||
           (column->column && is_known(k, (struct side){column->source, column->column}));
}

/* Finds the column of the result that a term of GROUP BY means: by its number, name or text. */
static const struct relation_column *find_group(const struct relation *r, const char *text)
{
    struct sql_token t = sql_token_at(text, &dialect_sqlite);
    size_t number = 0;

    for (size_t i = 0; t.kind == SQL_NUMBER && i < t.len && t.len < 4; i++)
        number = number * 10 + (size_t)(t.at[i] - '0');
    if (number && number <= r->column_count)
        return &r->columns[number - 1];
    for (size_t i = 0; i < r->column_count; i++) {
        struct sql_token a = t, b = sql_token_at(r->columns[i].text, &dialect_sqlite);

        if (r->columns[i].name && sql_token_names(t, r->columns[i].name) && !sql_token_next(t).len)
            return &r->columns[i];
        for (; a.len && a.len == b.len && strncasecmp(a.at, b.at, a.len) == 0;
             a = sql_token_next(a))
            b = sql_token_next(b);
        if (!a.len && !b.len)
            return &r->columns[i];
    }
    return NULL;
}

static bool is_group_known(const struct closure *k, const char *text, const char *const *names,
                           size_t count)
{
    const struct relation_column *column;
    struct side s;

    if (relation_resolve(k->r, text, k->arena, &s.source, &s.column)) /* before an alias */
        return is_known(k, s);
    column = find_group(k->r, text);
    return column && is_column_known(k, column, names, count);
}

/* Returns true if DISTINCT or GROUP BY makes rows unique. */
static bool is_made_unique(const struct closure *k, const char *const *names, size_t count)
{
    const struct select_shape *shape = &k->r->shape;
    bool by_distinct = shape->is_distinct, by_groups = shape->group_count > 0;

    for (size_t i = 0; i < k->r->column_count; i++)
        by_distinct &= is_column_known(k, &k->r->columns[i], names, count);
    for (size_t i = 0; i < shape->group_count; i++)
        by_groups &= is_group_known(k, shape->groups[i], names, count);
    return by_distinct || by_groups;
}

static enum unique judge_compound(const struct relation *r, const char *const *names, size_t count)
{
    for (size_t i = 0; i < r->column_count; i++)
        if (!is_listed(names, count, r->columns[i].name))
            return UNIQUE_UNKNOWN;
    return r->shape.is_union ? UNIQUE_PROVED : UNIQUE_UNKNOWN;
}

static enum unique judge_select(const struct relation *r, const char *const *names, size_t count,
                                struct arena *arena, struct unique_rows *rows)
{
    struct closure k = {.r = r, .arena = arena};
    enum unique found;

    k.facts = arena_alloc(arena, FACTS_MAX * sizeof(*k.facts));
    k.is_done = arena_zalloc(arena, r->shape.source_count + 1);
    for (size_t i = 0; i < count; i++) {
        const struct relation_column *column = relation_column(r, names[i]);

        if (column && column->column)
            learn(&k, (struct side){column->source, column->column});
        else
            k.is_doubtful = true;
        k.is_doubtful |= column && column->is_binary; /* where the key may be as fine */
    }
    equalities_read(r, arena, &k.equalities);
    found = close_over(&k, rows);
    if (is_made_unique(&k, names, count))
        return UNIQUE_PROVED;
    return found == UNIQUE_REFUTED && (k.is_doubtful || k.equalities.is_doubtful) ? UNIQUE_UNKNOWN
                                                                                  : found;
}

static enum unique judge(const struct relation *r, const char *const *names, size_t count,
                         struct arena *arena, struct unique_rows *rows)
{
    if (!r->is_known)
        return UNIQUE_UNKNOWN;
    if (r->table)
        return judge_table(r, names, count, arena, rows);
    if (r->shape.is_compound)
        return judge_compound(r, names, count);
    return judge_select(r, names, count, arena, rows);
}

enum unique prove_unique(struct catalog *catalog, const char *sql, const char *const *columns,
                         size_t count, struct arena *arena, struct unique_rows *rows)
{
    *rows = (struct unique_rows){0};
    return judge(relation_of(catalog, sql, arena), columns, count, arena, rows);
}
