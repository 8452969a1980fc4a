/* SPDX-License-Identifier: MIT */
/* Two rounds, with the loading of the api between them. First each statement is prepared by itself,
 * and what the database knows of it is noted in the record, on which binding relies (bind_rows.c). Then,
 * when plans exist, each list is prepared with all its filters and its paging around it, and looked
 * at for full table scans. A statement that fails marks its operation as broken, so that what
 * follows from the failure is not reported as well. */
#include "lib/api/operation/prove_operations.h"

#include <stdlib.h>

#include "lib/api/document/sql_places.h"
#include "lib/api/document/page_order.h"
#include "lib/api/operation/owners.h"
#include "lib/core/arena.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/db/engine/compose.h"
#include "lib/db/engine/prover.h"
#include "lib/db/sql/column_positions.h"

/* Returns the place of the fault in the step's SQL, or that of the step if it is unknown. */
static const char *where_of(struct json_object *step, const struct fault *fault,
                            struct arena *arena)
{
    const char *where = fault->has_offset ? sql_places_find_step(step, fault->offset, arena) : NULL;

    return where ? where : jget_text(step, "source");
}

static bool is_column(struct json_object *columns, const char *name)
{
    for (size_t i = 0; i < json_object_array_length(columns); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(columns, i)), name) == 0)
            return true;
    return false;
}

/* Returns true if an earlier proof, against another schema, found other columns, in any order. */
static bool has_moved(struct json_object *step, const struct proof *s)
{
    struct json_object *before = jget(step, "columns");

    if (!before)
        return false;
    for (int i = 0; i < s->column_count; i++)
        if (!is_column(before, s->columns[i]))
            return true;
    return json_object_array_length(before) != (size_t)s->column_count;
}

/* Returns what an earlier proof, against another schema, makes wrong with the step, or NULL. */
static const char *find_drift(struct json_object *step, const struct proof *s)
{
    if (has_moved(step, s))
        return "the columns of its rows differ from those proved; name them instead of using *";
    if (column_positions_moved(jget(step, "positions"), s->positions))
        return "the columns of its tables stand in another order than was proved; name those that "
               "it uses";
    return NULL;
}

/* Proves one step. Returns false if the statement cannot run. */
static bool prove_step(const char *id, struct json_object *step, bool is_safe,
                       struct prover *prover, struct diags *diags)
{
    struct proof s;
    struct json_object *columns, *nullable, *never_null, *types, *declared;
    struct arena arena = {0};
    struct fault fault;
    const char *drift;

    if (!jget_text(step, "sql"))
        return false;
    if (!prover_describe(prover, jget_text(step, "sql"), &s, &fault)) {
        diag_error(diags, where_of(step, &fault, &arena), "%s: %s", id, fault.text);
        arena_fini(&arena);
        return false;
    }
    drift = find_drift(step, &s);
    if (drift) {
        diag_error(diags, jget_text(step, "source"), "%s: %s", id, drift);
        proof_fini(&s);
        return false;
    }
    columns = json_object_new_array();
    nullable = json_object_new_array();
    never_null = json_object_new_array();
    types = json_object_new_array();
    declared = json_object_new_array();
    for (int i = 0; i < s.column_count; i++) {
        json_object_array_add(columns, json_object_new_string(s.columns[i]));
        json_object_array_add(types, json_object_new_int(s.types[i]));
        json_object_array_add(declared,
                              s.declared[i] ? json_object_new_string(s.declared[i]) : NULL);
        if (s.is_nullable[i])
            json_object_array_add(nullable, json_object_new_string(s.columns[i]));
        if (s.is_never_null[i])
            json_object_array_add(never_null, json_object_new_string(s.columns[i]));
    }
    json_object_object_add(step, "columns", columns);
    json_object_object_add(step, "nullable", nullable);
    json_object_object_add(step, "never-null", never_null);
    json_object_object_add(step, "types", types);
    json_object_object_add(step, "declared", declared);
    json_object_object_add(step, "is-write",
                           json_object_new_boolean(s.is_write || (s.volatile_call && !is_safe)));
    if (s.labels)
        json_object_object_add(step, "labels", json_object_get(s.labels));
    if (s.texts)
        json_object_object_add(step, "texts", json_object_get(s.texts));
    if (s.parameters)
        json_object_object_add(step, "parameters", json_object_get(s.parameters));
    if (s.volatile_call && is_safe)
        diag_error(
            diags, jget_text(step, "source"),
            "%s: %s() is volatile, so that it may write, which this method must not; declare "
            "it STABLE if it only reads",
            id, s.volatile_call);
    json_object_object_add(step, "positions", json_object_get(s.positions));
    json_object_object_add(step, "deletes", json_object_new_boolean(s.deletes));
    proof_fini(&s);
    return true;
}

/* Returns true if a caller without credentials may call it. */
static bool is_public(struct json_object *operation)
{
    size_t n = jget_count(operation, "security");

    for (size_t i = 0; i < n; i++) {
        struct json_object *alternative = jget_item(operation, "security", i);

        if (json_object_is_type(alternative, json_type_object) &&
            !json_object_object_length(alternative))
            return true;
    }
    return n == 0;
}

/* Reports a column that must not be NULL but would be set to :_sub, which is NULL for such a
 * caller. */
static void prove_subject(const char *id, struct json_object *step, struct prover *prover,
                          struct diags *diags)
{
    const char *sql = jget_text(step, "sql"), *where;
    struct arena arena = {0};

    for (size_t i = 0; i < jget_count(step, "names"); i++) {
        char *column;

        if (strcmp(json_object_get_string(jget_item(step, "names", i)), "_sub") != 0)
            continue;
        column = prover_find_null(prover, sql, (int)i + 1);
        where = column ? sql_places_find_name(step, i, &arena) : NULL;
        if (column)
            diag_error(diags, where ? where : jget_text(step, "source"),
                       "%s: :_sub is NULL on a public operation, but %s is NOT NULL; add security "
                       "to the operation",
                       id, column);
        free(column);
    }
    arena_fini(&arena);
}

/* Returns the columns of a page's order. Returns NULL for those that the statement does not have,
 * which are reported elsewhere. */
static const char **read_order(struct json_object *by, struct json_object *step,
                               struct arena *arena, size_t *count)
{
    const char **out;

    if (!json_object_is_type(by, json_type_array))
        return NULL;
    *count = json_object_array_length(by);
    out = arena_alloc(arena, (*count + 1) * sizeof(*out));
    for (size_t i = 0; i < *count; i++) {
        out[i] = page_order_column(json_object_array_get_idx(by, i));
        if (!out[i] || !is_column(jget(step, "columns"), out[i]))
            return NULL;
    }
    return out;
}

/* Judges the order of a page. A unique key does not tell NULLs apart, so columns that may be NULL
 * do not count, unless DISTINCT or GROUP BY made the rows unique, which is not known here. */
static enum unique judge_order(struct prover *prover, struct json_object *step,
                               const char **columns, size_t count, struct unique_rows *rows,
                               struct arena *arena)
{
    const char *sql = jget_text(step, "sql"), *certain[PAGE_BY_MAX];
    struct unique_rows others;
    enum unique found;
    size_t n = 0;

    for (size_t i = 0; i < count && n < PAGE_BY_MAX; i++)
        if (!is_column(jget(step, "nullable"), columns[i]))
            certain[n++] = columns[i];
    found = prover_unique(prover, sql, certain, n, arena, rows);
    if (found != UNIQUE_PROVED && n < count &&
        prover_unique(prover, sql, columns, count, arena, &others) == UNIQUE_PROVED)
        found = UNIQUE_UNKNOWN;
    return found;
}

/* Reports a page whose order leaves rows equal: those after the end of a page would be lost. */
static void prove_page(const char *id, struct json_object *sql, struct prover *prover,
                       struct diags *diags)
{
    struct json_object *page = jget(sql, "page"), *by = jget(page, "by");
    struct json_object *step = jget_item(sql, "steps", (size_t)jget_int(sql, "result"));
    const char *where = mark_key(page, "by"), **columns;
    enum unique found = UNIQUE_PROVED;
    struct arena arena = {0};
    struct unique_rows rows;
    size_t count;

    where = *where ? where : jget_text(step, "source");
    columns = read_order(by, step, &arena, &count);
    if (columns)
        found = judge_order(prover, step, columns, count, &rows, &arena);
    if (found == UNIQUE_REFUTED)
        diag_error(diags, where,
                   "%s: page: by: rows of %s may be equal in these columns, and then be lost "
                   "between pages; end with its key: %s",
                   id, rows.table, rows.key);
    else if (found == UNIQUE_UNKNOWN)
        diag_warn(diags, where,
                  "%s: page: by: not proved to tell all rows apart, without which some are lost "
                  "between pages; end with a unique key",
                  id);
    arena_fini(&arena);
}

static void prove_operation(struct json_object *operation, struct prover *prover,
                            struct diags *diags)
{
    struct json_object *sql = jget(operation, "sql");
    const char *id = jget_text(operation, "id");
    bool is_safe = strcmp(jget_text(operation, "method"), "get") == 0;

    owners_lift(prover, jget_bool(operation, "unrestricted"), diags);
    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        struct json_object *step = jget_item(sql, "steps", i);

        if (!prove_step(id, step, is_safe, prover, diags))
            json_object_object_add(operation, "broken", json_object_new_boolean(true));
        else if (is_public(operation))
            prove_subject(id, step, prover, diags);
    }
    if (!jget_bool(operation, "broken"))
        prove_page(id, sql, prover, diags);
}

/* Warns of answers to constraints that the database does not have. */
static void prove_rules(struct json_object *document, struct prover *prover, struct diags *diags)
{
    static const char *const kinds[] = {PLAN_RULE_KINDS(ENUM_TEXT)};

    for (size_t i = 0; i < jget_count(document, "rules"); i++) {
        struct json_object *rule = jget_item(document, "rules", i);
        const char *kind = jget_text(rule, "kind"), *key = jget_text(rule, "key");
        const char *where = mark_where(jget(rule, "answer"));

        if (!prover_has_rule(prover, (int)enum_parse(kinds, PLAN_RULE_KIND_COUNT, kind), key))
            diag_warn(diags, *where ? where : NULL,
                      "x-tables: the database has no constraint %s(%s)", kind, key);
    }
}

void prove_documents(struct json_object *documents, struct prover *prover, struct diags *diags)
{
    owners_protect(documents, prover, diags);
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *document = json_object_array_get_idx(documents, i);

        prove_rules(document, prover, diags);
        for (size_t k = 0; k < jget_count(document, "operations"); k++)
            prove_operation(jget_item(document, "operations", k), prover, diags);
    }
}

/* Proves a list statement as composed with all its filters and paging. */
static void prove_list(const struct operation *op, struct prover *prover, struct diags *diags)
{
    struct buf sql = {0};
    struct fault fault;

    if (!op->plan->filter_count && !op->plan->page.by)
        return;
    compose_sql(prover_dialect(prover), op->plan,
                ((1u << op->plan->filter_count) - 1) | COMPOSE_CURSOR, &sql);
    if (!prover_prepares(prover, buf_text(&sql), &fault))
        diag_error(diags, op->source, "%s: with its filters and paging: %s", op->id, fault.text);
    buf_fini(&sql);
}

/* Warns of full scans. For a list, the first page without filters counts. */
static void prove_scans(const struct operation *op, struct prover *prover, struct diags *diags)
{
    for (size_t i = 0; i < op->plan->step_count; i++) {
        bool is_page = i == op->plan->result && op->plan->page.by;
        struct buf sql = {0};
        char *table;

        if (is_page)
            compose_sql(prover_dialect(prover), op->plan, 0, &sql);
        else
            buf_puts(&sql, op->plan->steps[i].sql);
        if (prover_scans(prover, buf_text(&sql), is_page, &table)) {
            diag_warn(diags, op->source,
                      "%s: scans the whole table %s%s; add an index or x-allow-scan: true", op->id,
                      table, is_page ? " to sort it" : "");
            free(table);
        }
        buf_fini(&sql);
    }
}

void prove_plans(const struct api *api, struct prover *prover, struct diags *diags)
{
    if (api->plan_count && prover_doubt(prover))
        diag_warn(diags, NULL, "%s", prover_doubt(prover));
    for (size_t i = 0; i < api->count; i++) {
        const struct operation *op = &api->operations[i];

        if (op->binding != BINDING_SQL || !op->is_sound)
            continue;
        owners_lift(prover, op->plan->role == ROLE_UNRESTRICTED, diags);
        prove_list(op, prover, diags);
        if (!op->allows_scan)
            prove_scans(op, prover, diags);
    }
}
