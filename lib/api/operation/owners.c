/* SPDX-License-Identifier: MIT */
/* Row security is declared for each table by whichever document mentions it, but a database has one
 * answer, so all documents are looked at together: they must agree on the owner, and a table that
 * one of them protects is protected for all. The check does it in three steps. owners_compare()
 * needs only the records. owners_protect() asks the migrated database whether each table can be
 * owned so. Only if all can, it protects them, and every statement is then proved as its callers
 * will run it. */
#include "lib/api/operation/owners.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/db/engine/prover.h"

static struct owned_table *find_table(struct owned_table *tables, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(tables[i].name, name) == 0)
            return &tables[i];
    return NULL;
}

static size_t owner_count(struct json_object *document)
{
    struct json_object *owners = jget(document, "owners");

    return owners ? (size_t)json_object_object_length(owners) : 0;
}

struct owned_table *owners_of(struct json_object *documents, struct arena *arena, size_t *count)
{
    size_t n = json_object_array_length(documents), room = 0;
    struct owned_table *tables;

    for (size_t i = 0; i < n; i++)
        room += owner_count(json_object_array_get_idx(documents, i));
    tables = arena_zalloc(arena, (room + 1) * sizeof(*tables));
    *count = 0;
    for (size_t i = 0; i < n; i++) {
        struct json_object *owners = jget(json_object_array_get_idx(documents, i), "owners");

        if (!owners)
            continue;
        json_object_object_foreach(owners, name, column)
        {
            if (!find_table(tables, *count, name))
                tables[(*count)++] = (struct owned_table){
                    arena_strdup(arena, name), arena_strdup(arena, json_object_get_string(column))};
        }
    }
    return tables;
}

struct owners_walk {
    struct owned_table *tables;
    size_t count;
    struct prover *prover;
    struct diags *diags;
};

/* Calls `see` for each owner in each document, with its place (NULL if unknown, as in a
 * release). */
static void walk(struct json_object *documents, const struct owners_walk *w,
                 void (*see)(const struct owners_walk *w, const struct owned_table *t,
                             const char *where))
{
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *owners = jget(json_object_array_get_idx(documents, i), "owners");

        if (!owners)
            continue;
        json_object_object_foreach(owners, name, column)
        {
            const struct owned_table t = {name, json_object_get_string(column)};
            const char *where = mark_where(column);

            see(w, &t, *where ? where : NULL);
        }
    }
}

static void compare_owners(const struct owners_walk *w, const struct owned_table *t,
                           const char *where)
{
    const struct owned_table *first = find_table(w->tables, w->count, t->name);

    if (strcasecmp(first->column, t->column) != 0)
        diag_error(w->diags, where, "x-tables: %s: owner: is %s here but %s in another document",
                   t->name, t->column, first->column);
}

/* Checks that the operation of on-zero, which tells a changed row from a missing one, sees the same
 * rows as this one. */
static void check_visible(const struct owners_walk *w, struct json_object *document,
                          struct json_object *operation)
{
    const char *other = jget_text(jget(operation, "sql"), "on-zero");

    for (size_t i = 0; other && i < jget_count(document, "operations"); i++) {
        struct json_object *one = jget_item(document, "operations", i);

        if (strcmp(jget_text(one, "id"), other) == 0 &&
            jget_bool(one, "unrestricted") != jget_bool(operation, "unrestricted"))
            diag_error(w->diags, jget_text(operation, "source"),
                       "%s: on-zero: this operation and %s must agree on x-unrestricted",
                       jget_text(operation, "id"), other);
    }
}

static void compare_document(const struct owners_walk *w, struct json_object *document)
{
    for (size_t i = 0; i < jget_count(document, "operations"); i++) {
        struct json_object *operation = jget_item(document, "operations", i);

        check_visible(w, document, operation);
    }
}

void owners_compare(struct json_object *documents, struct diags *diags)
{
    struct arena arena = {0};
    struct owners_walk w = {.diags = diags};

    w.tables = owners_of(documents, &arena, &w.count);
    walk(documents, &w, compare_owners);
    for (size_t i = 0; w.count && i < json_object_array_length(documents); i++)
        compare_document(&w, json_object_array_get_idx(documents, i));
    arena_fini(&arena);
}

/* The owner that is judged, for what is said of it. */
struct judged_owner {
    const struct owned_table *table;
    const char *where;
    struct diags *diags;
};

static void report_owner(void *arg, enum diag_level level, const char *text)
{
    const struct judged_owner *j = arg;

    if (level == DIAG_ERROR)
        diag_error(j->diags, j->where, "x-tables: %s: owner: %s: %s", j->table->name,
                   j->table->column, text);
    else
        diag_warn(j->diags, j->where, "x-tables: %s: owner: %s", j->table->name, text);
}

static void judge_owner(const struct owners_walk *w, const struct owned_table *t, const char *where)
{
    struct judged_owner judged = {t, where, w->diags};

    prover_judge(w->prover, t, w->tables, w->count, report_owner, &judged);
}

/* Judges the tables first, without protection, and then protects them. */
void owners_protect(struct json_object *documents, struct prover *prover, struct diags *diags)
{
    struct arena arena = {0};
    struct owners_walk w = {.prover = prover, .diags = diags};
    size_t errors = diags->errors;
    struct fault fault;
    bool ok;

    w.tables = owners_of(documents, &arena, &w.count);
    ok = prover_protect(prover, NULL, 0, &fault);
    if (ok)
        walk(documents, &w, judge_owner);
    if (ok && w.count && diags->errors == errors)
        ok = prover_protect(prover, w.tables, w.count, &fault);
    if (!ok)
        diag_error(diags, NULL, "%s", fault.text);
    arena_fini(&arena);
}

void owners_lift(struct prover *prover, bool is_lifted, struct diags *diags)
{
    struct fault fault;

    if (!prover_lift(prover, is_lifted, &fault))
        diag_error(diags, NULL, "%s", fault.text);
}
