/* SPDX-License-Identifier: MIT */
#include "workers/commands/check_portability.h"

#include "lib/api/document/sql_places.h"
#include "lib/api/document/xsql_text.h"
#include "lib/core/arena.h"
#include "lib/core/json/jget.h"
#include "lib/db/migration/migration.h"
#include "lib/db/proof/portability.h"

/* The text that is being judged. */
struct judged {
    struct json_object *step;   /* a statement of an operation, or NULL */
    const char *id;             /* of the operation */
    struct json_object *places; /* otherwise those of a migration's file */
    const char *text, *file;
    struct diags *diags;
};

/* Returns true if the table of words is about moving from SQLite to that engine. */
static bool is_judged(const struct dialect *dialect)
{
    return dialect == &dialect_postgresql;
}

static void report_finding(void *arg, size_t offset, const char *what, const char *instead)
{
    const struct judged *j = arg;
    struct arena arena = {0};
    const char *where = j->step ? sql_places_find_step(j->step, offset, &arena)
                                : sql_places_find(j->places, j->text, offset, &arena);

    if (!where)
        where = j->step ? jget_text(j->step, "source") : j->file;
    diag_error(j->diags, where, "%s%snot portable to PostgreSQL: %s; write %s", j->id ? j->id : "",
               j->id ? ": " : "", what, instead);
    arena_fini(&arena);
}

/* What is written for one engine is not judged by words: that engine proves it. */
static void check_step(struct json_object *step, const char *id, const struct dialect *dialect,
                       struct diags *diags)
{
    struct judged j = {.step = step, .id = id, .diags = diags};

    if (jget(step, "engines") && !xsql_text_is_for(step, dialect))
        diag_error(diags, jget_text(step, "source"), "%s: x-sql: sql: has no text for %s", id,
                   dialect->name);
    if (!jget(step, "engines") && is_judged(dialect) && jget_text(step, "sql") &&
        xsql_text_dialect(step) == &dialect_sqlite)
        portability_check(jget_text(step, "sql"), report_finding, &j);
}

static void check_operation(struct json_object *operation, const struct dialect *dialect,
                            struct diags *diags)
{
    struct json_object *sql = jget(operation, "sql");

    for (size_t i = 0; i < jget_count(sql, "steps"); i++) {
        check_step(jget_item(sql, "steps", i), jget_text(operation, "id"), dialect, diags);
    }
}

/* Checks one direction of a migration: the script `key` of the file `file`. */
static void check_script(struct json_object *migration, const char *key, const char *file,
                         struct diags *diags)
{
    struct judged j = {
        .text = jget_text(migration, key), .file = jget_text(migration, file), .diags = diags};

    if (!j.text || migration_is_for_engine(j.file))
        return;
    j.places = sql_places_of_file(j.file, j.text);
    portability_check(j.text, report_finding, &j);
    json_object_put(j.places);
}

void check_portability(struct json_object *documents, struct json_object *migrations,
                       const struct dialect *dialect, struct diags *diags)
{
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *document = json_object_array_get_idx(documents, i);

        for (size_t k = 0; k < jget_count(document, "operations"); k++)
            check_operation(jget_item(document, "operations", k), dialect, diags);
    }
    for (size_t i = 0; migrations && is_judged(dialect) && i < json_object_array_length(migrations);
         i++) {
        struct json_object *migration = json_object_array_get_idx(migrations, i);

        check_script(migration, "up", "file", diags);
        check_script(migration, "down", "down-file", diags);
    }
}
