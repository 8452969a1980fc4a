/* SPDX-License-Identifier: MIT */
#include "t/lib/auth/store/store_fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jwrite.h"
#include "lib/db/own_tables.h"
#include "lib/shm/shm.h"

/* t(n) is STORE_TIME(n), t(NULL) is NULL. */
static const char first_rows[] =
    "INSERT INTO _leat_users (id, email, roles, created_at, updated_at, disabled_at)"
    " SELECT column1, column1 || '@x', column2, t(1), t(1), t(column3) FROM (VALUES"
    " ('ann', '[\"r\"]', NULL), ('bob', '[]', NULL), ('eve', '[]', 2));"
    "INSERT INTO _leat_sessions (id, user_id, secret_hash, created_at, used_at, expires_at,"
    " revoked_at) SELECT 's' || column1, column2, 'h' || column1, t(column1), t(column3),"
    " t(column4), t(column5) FROM (VALUES"
    " (1, 'ann', 4, 8, NULL), (2, 'ann', 4, 8, 5), (3, 'ann', 4, 5, NULL),"
    " (4, 'ann', 2, 8, NULL), (5, 'eve', 4, 8, NULL), (6, 'bob', 4, 8, NULL));"
    "INSERT INTO _leat_api_keys (id, user_id, name, secret_hash, scopes, created_at, expires_at,"
    " revoked_at) SELECT 'k' || column1, column2, 'n', 'h', 'a', t(column1), t(column3),"
    " t(column4) FROM (VALUES"
    " (1, 'ann', NULL, NULL), (2, 'ann', 8, NULL), (3, 'ann', 5, NULL),"
    " (4, 'ann', NULL, 4), (5, 'eve', NULL, NULL), (6, 'bob', NULL, NULL));"
    "INSERT INTO _leat_keys VALUES ('cursor', x'00ff');";

static char folder[] = "/tmp/leat-unit-store-XXXXXX";
char store_path[64];
struct arena store_arena;
struct store store_statements;
static struct shm *shm;
struct db *store_db;
static int shm_fd;

static void second(sqlite3_context *call, int count, sqlite3_value **args)
{
    char time[] = STORE_TIME(0);

    (void)count;
    if (sqlite3_value_type(args[0]) == SQLITE_NULL)
        return;
    time[sizeof("2026-01-01T00:00:0") - 1] += (char)sqlite3_value_int(args[0]);
    sqlite3_result_text(call, time, -1, SQLITE_TRANSIENT);
}

void store_set_up(void)
{
    struct diags diags = {0};
    struct db_options options = {.path = store_path,
                                 .synchronous = "off",
                                 .readers = 1,
                                 .read_budget = read_budget_of(NS_PER_S),
                                 .plan_count = STORE_COUNT + 1,
                                 .roles = 1u << ROLE_SERVER};
    sqlite3 *file;

    cr_assert(mkdtemp(folder));
    snprintf(store_path, sizeof(store_path), "%s/a.db", folder);
    cr_assert(sqlite3_open(store_path, &file) == SQLITE_OK);
    sqlite3_create_function(file, "t", 1, SQLITE_UTF8, NULL, second, NULL, NULL);
    sqlite3_exec(file, "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON", NULL, NULL, NULL);
    cr_assert(sqlite3_exec(file, own_tables_sql, NULL, NULL, NULL) == SQLITE_OK, "%s",
              sqlite3_errmsg(file));
    cr_assert(sqlite3_exec(file, first_rows, NULL, NULL, NULL) == SQLITE_OK, "%s",
              sqlite3_errmsg(file));
    sqlite3_close(file);
    store_init(&store_statements, &store_arena, 1, &dialect_sqlite);
    shm_fd = shm_create(&shm);
    options.shm = shm;
    store_db = db_open(&options, &diags);
    cr_assert(store_db, "%s", diags.count ? diags.items[0].message : "");
}

void store_tear_down(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[80];

    db_close(&store_db);
    shm_detach(&shm);
    close(shm_fd);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", store_path, suffixes[i]);
        unlink(name);
    }
    rmdir(folder);
    arena_fini(&store_arena);
}

static void on_done(struct db_job *job)
{
    *(bool *)job->data = true;
}

static void await(const bool *is_done)
{
    db_turn(store_db);
    while (!*is_done) {
        struct pollfd p = {.fd = db_fd(store_db), .events = POLLIN};

        cr_assert(poll(&p, 1, 30000) == 1);
        db_deliver(store_db);
    }
}

/* Asks at the second STORE_TIME(6); values are "name", "value", …, NULL. Returns the answer as JSON
 * in the arena, or the error's name. */
const char *store_ask(enum store_query query, ...)
{
    struct store_call c;
    bool is_done = false;
    const char *name, *out;
    va_list args;

    store_begin(&c, &store_statements, query);
    store_text_if_used(&c, "now", STORE_TIME(6));
    store_text_if_used(&c, "actor", "t");
    va_start(args, query);
    while ((name = va_arg(args, const char *)))
        store_text(&c, name, va_arg(args, const char *));
    va_end(args);
    if (store_submit(&c, store_db, clock_ns() + 20 * NS_PER_S, on_done, &is_done) == DONE) {
        cr_expect(!is_done, "done is not called");
        is_done = true;
    }
    await(&is_done);
    out = arena_strdup(&store_arena, c.job.err == OK ? buf_text(&c.job.body) : err_name(c.job.err));
    store_fini(&c);
    return out;
}

bool store_found(const char *answer)
{
    return strcmp(answer, "NOT_FOUND") != 0 && answer[0] == '{';
}

/* Returns the store_events of an account (NULL: all), newest first. */
const char *store_events(const char *user)
{
    struct store_call c;
    bool is_done = false;
    struct json_object *list;
    const char *out = "";

    store_begin(&c, &store_statements, STORE_AUDITS);
    store_text(&c, "user_id", user);
    store_integer(&c, "limit", 10);
    if (store_submit(&c, store_db, clock_ns() + 20 * NS_PER_S, on_done, &is_done) == DONE) {
        cr_expect(!is_done, "done is not called");
        is_done = true;
    }
    await(&is_done);
    list = store_result(&c);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        out = arena_printf(&store_arena, "%s%s%s", out, *out ? " " : "",
                           jget_text(json_object_array_get_idx(list, i), "event"));
    json_object_put(list);
    store_fini(&c);
    return out;
}

/* Returns the store_ids of a list: "a b". */
const char *store_ids(const char *answer)
{
    struct json_object *list = json_tokener_parse(answer);
    const char *out = "";

    cr_assert(json_object_is_type(list, json_type_array), "%s", answer);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        out = arena_printf(&store_arena, "%s%s%s", out, *out ? " " : "",
                           jget_text(json_object_array_get_idx(list, i), "id"));
    json_object_put(list);
    return out;
}
