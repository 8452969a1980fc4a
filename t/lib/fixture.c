/* SPDX-License-Identifier: MIT */
#include "t/lib/fixture.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "lib/api/document/document.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"

char scratch[64];
static struct shm *shm;
static int shm_fd;

void scratch_make(void)
{
    strcpy(scratch, "/tmp/leat-unit-XXXXXX");
    cr_assert(mkdtemp(scratch));
}

const char *scratch_path(const char *name)
{
    static char path[512];

    snprintf(path, sizeof(path), "%s/%s", scratch, name);
    return path;
}

void scratch_put(const char *name, const char *text)
{
    FILE *out = fopen(scratch_path(name), "w");

    cr_assert(out);
    fputs(text, out);
    fclose(out);
}

void scratch_unlink(const char *name)
{
    unlink(scratch_path(name));
}

static void clear(const char *folder)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char path[512];

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        if (unlink(path) < 0)
            clear(path);
    }
    if (dir)
        closedir(dir);
    rmdir(folder);
}

void scratch_remove(void)
{
    clear(scratch);
}

struct json_object *fixture_document(const char *text, struct diags *diags)
{
    scratch_put("api.yaml", text);
    diags_fini(diags);
    return document_load(scratch_path("api.yaml"), diags);
}

const char *fixture_error(const struct diags *diags)
{
    for (size_t i = 0; i < diags->count; i++)
        if (diags->items[i].level == DIAG_ERROR)
            return diags->items[i].message;
    return "";
}

struct json_object *fixture_get(const char *body, struct json_object **document,
                                struct diags *diags)
{
    char text[2048];

    snprintf(text, sizeof(text),
             "openapi: 3.1.0\npaths:\n  /a:\n    get: {%s}\n"
             "components: {schemas: {A: {type: object, properties: {next: {$ref: "
             "'#/components/schemas/A'}}}},"
             " parameters: {P: {name: p, in: query, schema: {type: string}}}}\n"
             "x-parts: {'x/y~z': {type: integer}}\ninfo: {title: T, version: '1'}\n",
             body);
    *document = fixture_document(text, diags);
    return jget_item(*document, "operations", 0);
}

static void on_done(struct db_job *job)
{
    (void)job;
}

void fixture_db_run(struct db *db, struct db_job *job)
{
    job->done = on_done;
    job->deadline_ns = clock_ns() + 20 * NS_PER_S;
    db_submit(db, job);
    while (db_pending(db)) {
        struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

        cr_assert(poll(&p, 1, 30000) == 1);
        db_deliver(db);
    }
}

struct db *fixture_db_open(const char *schema)
{
    return fixture_db_open_owned(schema, NULL, 0);
}

void fixture_db_change(const char *sql)
{
    sqlite3 *raw;

    cr_assert(sqlite3_open(scratch_path("a.db"), &raw) == SQLITE_OK);
    cr_assert(sqlite3_exec(raw, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(raw));
    sqlite3_close(raw);
}

struct db *fixture_db_open_owned(const char *schema, const struct owned_table *owned, size_t count)
{
    struct diags diags = {0};
    struct db_options options = {.synchronous = "off",
                                 .readers = 1,
                                 .plan_count = 256,
                                 .read_budget_ns = 10 * NS_PER_S,
                                 .owned = owned,
                                 .owned_count = count,
                                 .roles = (1u << ROLE_COUNT) - 1};
    struct db *db;

    scratch_make();
    fixture_db_change(schema);
    shm_fd = shm_create(&shm);
    options.path = scratch_path("a.db");
    options.shm = shm;
    db = db_open(&options, &diags);
    cr_assert(db, "%s", fixture_error(&diags));
    return db;
}

void fixture_db_close(struct db **db)
{
    db_close(db);
    shm_detach(&shm);
    close(shm_fd);
    scratch_remove();
}
