/* SPDX-License-Identifier: MIT */
#include "lib/api/prove.h"

#include <stdlib.h>

#include "lib/core/jget.h"
#include "lib/db/compose.h"
#include "lib/db/prove.h"
#include "lib/db/scan.h"

/* Where SQLite gives no offset ("no such table: x"), the first place of what it names. */
static int guess_offset(const char *sql, const char *why)
{
    const char *colon = strrchr(why, ':');
    const char *at = colon && colon[1] == ' ' ? strstr(sql, colon + 2) : NULL;

    return at ? (int)(at - sql) : -1;
}

/* The place of byte `offset` of the step's SQL, where its source is a file of its own. */
static const char *where_of(struct json_object *step, int offset, const char *why, char *out,
                            size_t size)
{
    const char *source = jget_text(step, "source"), *sql = jget_text(step, "sql");
    size_t len = strlen(source);
    unsigned line = 1;

    if (offset < 0)
        offset = guess_offset(sql, why);
    if (len < 4 || strcmp(source + len - 4, ".sql") != 0 || offset < 0)
        return source;
    for (int i = 0; i < offset; i++)
        line += sql[i] == '\n';
    snprintf(out, size, "%s:%u", source, line);
    return out;
}

/* False: the statement cannot run. */
static bool prove_step(const char *id, struct json_object *step, struct conn *conn,
                       struct diags *diags)
{
    struct prove_statement s;
    struct json_object *columns, *nullable, *types, *declared;
    char *why, where[512];
    int offset;

    if (!jget_text(step, "sql"))
        return false;
    if (!prove_sql(conn, jget_text(step, "sql"), &s, &why, &offset)) {
        diag_error(diags, where_of(step, offset, why, where, sizeof(where)), "%s: %s", id, why);
        free(why);
        return false;
    }
    columns = json_object_new_array();
    nullable = json_object_new_array();
    types = json_object_new_array();
    declared = json_object_new_array();
    for (int i = 0; i < s.column_count; i++) {
        json_object_array_add(columns, json_object_new_string(s.columns[i]));
        json_object_array_add(types, json_object_new_int(s.types[i]));
        json_object_array_add(declared,
                              s.declared[i] ? json_object_new_string(s.declared[i]) : NULL);
        if (s.is_nullable[i])
            json_object_array_add(nullable, json_object_new_string(s.columns[i]));
    }
    json_object_object_add(step, "columns", columns);
    json_object_object_add(step, "nullable", nullable);
    json_object_object_add(step, "types", types);
    json_object_object_add(step, "declared", declared);
    json_object_object_add(step, "is-write", json_object_new_boolean(s.is_write));
    json_object_object_add(step, "deletes", json_object_new_boolean(s.deletes));
    prove_fini(&s);
    return true;
}

void prove_documents(struct json_object *documents, struct conn *conn, struct diags *diags)
{
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *document = json_object_array_get_idx(documents, i);

        for (size_t k = 0; k < jget_count(document, "operations"); k++) {
            struct json_object *operation = jget_item(document, "operations", k);
            struct json_object *sql = jget(operation, "sql");

            for (size_t s = 0; s < jget_count(sql, "steps"); s++)
                if (!prove_step(jget_text(operation, "id"), jget_item(sql, "steps", s), conn,
                                diags))
                    json_object_object_add(operation, "broken", json_object_new_boolean(true));
        }
    }
}

/* A list as it will be wrapped for filters and paging. */
static void prove_list(const struct operation *op, struct conn *conn, struct diags *diags)
{
    struct prove_statement s;
    struct buf sql = {0};
    char *why;
    int offset;

    if (!op->plan->filter_count && !op->plan->page.by)
        return;
    compose_sql(op->plan, ~0u, &sql);
    if (prove_sql(conn, buf_text(&sql), &s, &why, &offset)) {
        prove_fini(&s);
    } else {
        diag_error(diags, op->source, "%s: with its filters and paging: %s", op->id, why);
        free(why);
    }
    buf_fini(&sql);
}

/* The first page without filters is what a list costs. */
static void prove_scans(const struct operation *op, struct conn *conn, struct diags *diags)
{
    for (size_t i = 0; i < op->plan->step_count; i++) {
        bool is_page = i == op->plan->result && op->plan->page.by;
        struct buf sql = {0};
        char *table;

        if (is_page)
            compose_sql(op->plan, 0, &sql);
        else
            buf_puts(&sql, op->plan->steps[i].sql);
        if (scan_find(conn, buf_text(&sql), is_page, &table)) {
            diag_warn(diags, op->source,
                      "%s: reads the whole table %s%s; add an index, or x-allow-scan: true", op->id,
                      table, is_page ? " to sort it" : "");
            free(table);
        }
        buf_fini(&sql);
    }
}

void prove_plans(const struct api *api, struct conn *conn, struct diags *diags)
{
    for (size_t i = 0; i < api->count; i++) {
        const struct operation *op = &api->operations[i];

        if (op->binding != BINDING_SQL || !op->is_sound)
            continue;
        prove_list(op, conn, diags);
        if (!op->allows_scan)
            prove_scans(op, conn, diags);
    }
}
