/* SPDX-License-Identifier: MIT */
/* SQLite has resolved the statement already, but tells only the table and column that a result
 * comes from, not through which of several sources of the same table. So names are resolved here
 * again, by the rules that are left once a statement is known to be valid: a name that is not
 * qualified belongs to the first source that has it. Common table expressions hide views and
 * tables. Tables of main count, not the temporary views of row security (shadow.h), which show a
 * part of the same rows. */
#include "lib/db/proof/relation.h"

#include <string.h>
#include <strings.h>

#include "lib/db/proof/catalog.h"
#include "lib/db/sql/sqllex.h"

/* Views and expressions can refer to others twice and more, so that reading them all would not
 * end. */
enum { DEPTH_MAX = 12, RELATIONS_MAX = 64 };

/* The common table expressions that a statement can name. */
struct cte_scope {
    const struct select_shape *shape;
    size_t count; /* those before the one that is read */
    const struct cte_scope *outer;
};

struct resolver {
    struct catalog *catalog;
    struct arena *arena;
    size_t depth, count;
};

static struct relation *read_select(struct resolver *r, const char *sql,
                                    const struct cte_scope *scope);

const struct relation_column *relation_column(const struct relation *r, const char *name)
{
    for (size_t i = 0; i < r->column_count; i++)
        if (r->columns[i].name && strcasecmp(r->columns[i].name, name) == 0)
            return &r->columns[i];
    return NULL;
}

static bool is_rowid_name(const char *name)
{
    return strcasecmp(name, "rowid") == 0 || strcasecmp(name, "oid") == 0 ||
           strcasecmp(name, "_rowid_") == 0;
}

static bool has_column(const struct relation *r, const char *name)
{
    return relation_column(r, name) || (r->has_rowid && is_rowid_name(name));
}

static bool is_source(const struct relation *r, size_t i, struct select_ref ref)
{
    return ref.source ? strcasecmp(r->shape.sources[i].name, ref.source) == 0
                      : has_column(r->sources[i], ref.column);
}

bool relation_resolve(const struct relation *r, const char *text, struct arena *arena,
                      size_t *source, const char **column)
{
    struct select_ref ref = select_ref_of(text, arena);

    for (size_t i = 0; ref.column && i < r->shape.source_count; i++) {
        if (!is_source(r, i, ref))
            continue;
        *source = i;
        *column = ref.column;
        return true;
    }
    return false;
}

const char *relation_collation(const struct relation *r, const char *column)
{
    const struct relation_column *found = relation_column(r, column);

    if (!found || r->table)
        return found ? found->collation : "BINARY";
    return found->column && !found->is_binary
               ? relation_collation(r->sources[found->source], found->column)
               : "BINARY";
}

/* Gives the columns the names of a list before AS. */
static void rename_columns(struct relation *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count && i < out->column_count; i++)
        out->columns[i].name = names[i];
}

static struct relation *read_view(struct resolver *r, const char *sql)
{
    struct sql_token t = sql_token_at(sql, &dialect_sqlite);
    struct relation *out;
    const char **names = NULL;
    size_t count = 0;

    while (t.len && !sql_token_is(t, "AS") && !sql_token_is(t, "("))
        t = sql_token_next(t);
    if (sql_token_is(t, "(")) {
        names = select_names(t.at, r->arena, &count);
        t = sql_token_skip(t);
    }
    out = read_select(r, sql_token_next(t).at, NULL);
    rename_columns(out, names, count);
    return out;
}

/* Reads a table or view of main. */
static struct relation *read_name(struct resolver *r, const char *name)
{
    const struct catalog_entry *found = catalog_find(r->catalog, name);
    struct relation *out;

    if (found->view)
        return read_view(r, found->view);
    out = arena_alloc(r->arena, sizeof(*out));
    *out = found->table;
    if (out->table)
        out->owner = catalog_owner(r->catalog, out->table);
    return out;
}

/* Reads a source, which is a common table expression before it is a view or table. */
static struct relation *read_source(struct resolver *r, const struct select_source *source,
                                    const struct cte_scope *scope)
{
    if (source->select)
        return read_select(r, source->select, scope);
    if (++r->count > RELATIONS_MAX)
        return arena_zalloc(r->arena, sizeof(struct relation));
    for (const struct cte_scope *s = scope; s; s = s->outer) {
        for (size_t i = s->count; i-- > 0;) {
            const struct select_cte *cte = &s->shape->ctes[i];
            struct cte_scope before = {s->shape, i, s->outer};
            struct relation *out;

            if (strcasecmp(cte->name, source->table) != 0)
                continue;
            if (s->shape->is_recursive)
                return arena_zalloc(r->arena, sizeof(*out));
            out = read_select(r, cte->select, &before);
            rename_columns(out, cte->columns, cte->column_count);
            return out;
        }
    }
    return read_name(r, source->table);
}

/* Adds the columns of the sources that * or a.* stands for. */
static void add_all(struct relation *out, const char *source)
{
    for (size_t i = 0; i < out->shape.source_count; i++) {
        const struct relation *from = out->sources[i];

        if (source && strcasecmp(out->shape.sources[i].name, source) != 0)
            continue;
        for (size_t k = 0; k < from->column_count && out->column_count < RELATION_COLUMNS_MAX; k++)
            out->columns[out->column_count++] =
                (struct relation_column){.name = from->columns[k].name,
                                         .text = "",
                                         .source = i,
                                         .column = from->columns[k].name};
    }
}

/* Cuts COLLATE BINARY off. */
static bool cut_binary(struct resolver *r, const char **text)
{
    size_t count;
    const char **parts = select_split(*text, "COLLATE", r->arena, &count);
    struct sql_token t = sql_token_at(parts[count - 1], &dialect_sqlite);

    if (count != 2 || !sql_token_names(t, "BINARY") || sql_token_next(t).len)
        return false;
    *text = parts[0];
    return true;
}

static void add_item(struct resolver *r, struct relation *out, const struct select_item *item)
{
    struct sql_token t = sql_token_at(item->text, &dialect_sqlite), dot = sql_token_next(t);
    struct relation_column column = {.name = item->name, .text = item->text};
    const char *text = item->text;

    if (sql_token_is(t, "*")) {
        add_all(out, NULL);
        return;
    }
    if (sql_token_is(dot, ".") && sql_token_is(sql_token_next(dot), "*")) {
        char *source = arena_alloc(r->arena, t.len + 1);

        sql_token_text(t, source);
        add_all(out, source);
        return;
    }
    column.is_binary = cut_binary(r, &text);
    if (relation_resolve(out, text, r->arena, &column.source, &column.column) && !column.name)
        column.name = column.column;
    if (out->column_count < RELATION_COLUMNS_MAX)
        out->columns[out->column_count++] = column;
}

static struct relation *read_select(struct resolver *r, const char *sql,
                                    const struct cte_scope *scope)
{
    struct relation *out = arena_zalloc(r->arena, sizeof(*out));
    struct cte_scope own = {&out->shape, 0, scope};

    select_read(sql, r->arena, &out->shape);
    if (!out->shape.is_known || r->depth >= DEPTH_MAX || ++r->count > RELATIONS_MAX)
        return out;
    r->depth++;
    own.count = out->shape.cte_count;
    out->is_known = true;
    out->sources = arena_alloc(r->arena, (out->shape.source_count + 1) * sizeof(*out->sources));
    for (size_t i = 0; i < out->shape.source_count; i++) {
        out->sources[i] = read_source(r, &out->shape.sources[i], &own);
        out->is_known &= out->sources[i]->is_known;
    }
    out->columns = arena_alloc(r->arena, RELATION_COLUMNS_MAX * sizeof(*out->columns));
    for (size_t i = 0; i < out->shape.item_count; i++)
        add_item(r, out, &out->shape.items[i]);
    out->is_known &= out->column_count < RELATION_COLUMNS_MAX;
    r->depth--;
    return out;
}

struct relation *relation_of(struct catalog *catalog, const char *sql, struct arena *arena)
{
    struct resolver r = {.catalog = catalog, .arena = arena};

    return read_select(&r, sql, NULL);
}
