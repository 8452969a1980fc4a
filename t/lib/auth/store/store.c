/* SPDX-License-Identifier: MIT */
/* The statements of accounts, on a database with only Leat's own tables. */
#include "lib/auth/store/store.h"

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

#define T(n) "2026-01-01T00:00:0" #n ".000Z"

/* t(n) is T(n), t(NULL) is NULL. */
static const char rows[] =
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

static char folder[] = "/tmp/leat-unit-store-XXXXXX", path[64];
static struct arena arena;
static struct store store;
static struct shm *shm;
static struct db *db;
static int shm_fd;

static void second(sqlite3_context *call, int count, sqlite3_value **args)
{
    char time[] = T(0);

    (void)count;
    if (sqlite3_value_type(args[0]) == SQLITE_NULL)
        return;
    time[sizeof("2026-01-01T00:00:0") - 1] += (char)sqlite3_value_int(args[0]);
    sqlite3_result_text(call, time, -1, SQLITE_TRANSIENT);
}

static void set_up(void)
{
    struct diags diags = {0};
    struct db_options options = {.path = path,
                                 .synchronous = "off",
                                 .readers = 1,
                                 .read_budget_ns = NS_PER_S,
                                 .plan_count = STORE_COUNT + 1,
                                 .roles = 1u << ROLE_SERVER};
    sqlite3 *file;

    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.db", folder);
    cr_assert(sqlite3_open(path, &file) == SQLITE_OK);
    sqlite3_create_function(file, "t", 1, SQLITE_UTF8, NULL, second, NULL, NULL);
    sqlite3_exec(file, "PRAGMA journal_mode=WAL; PRAGMA foreign_keys=ON", NULL, NULL, NULL);
    cr_assert(sqlite3_exec(file, own_tables_sql, NULL, NULL, NULL) == SQLITE_OK, "%s",
              sqlite3_errmsg(file));
    cr_assert(sqlite3_exec(file, rows, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(file));
    sqlite3_close(file);
    store_init(&store, &arena, 1);
    shm_fd = shm_create(&shm);
    options.shm = shm;
    db = db_open(&options, &diags);
    cr_assert(db, "%s", diags.count ? diags.items[0].message : "");
}

static void tear_down(void)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    char name[80];

    db_close(&db);
    shm_detach(&shm);
    close(shm_fd);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s", path, suffixes[i]);
        unlink(name);
    }
    rmdir(folder);
    arena_fini(&arena);
}

TestSuite(store, .init = set_up, .fini = tear_down);

static void on_done(struct db_job *job)
{
    *(bool *)job->data = true;
}

static void await(const bool *is_done)
{
    while (!*is_done) {
        struct pollfd p = {.fd = db_fd(db), .events = POLLIN};

        cr_assert(poll(&p, 1, 30000) == 1);
        db_deliver(db);
    }
    db_turn(db);
}

/* Asks at the second T(6); values are "name", "value", …, NULL. Returns the answer as JSON in the
 * arena, or the error's name. */
static const char *ask(enum store_query query, ...)
{
    struct store_call c;
    bool is_done = false;
    const char *name, *out;
    va_list args;

    store_begin(&c, &store, query);
    store_text_if_used(&c, "now", T(6));
    store_text_if_used(&c, "actor", "t");
    va_start(args, query);
    while ((name = va_arg(args, const char *)))
        store_text(&c, name, va_arg(args, const char *));
    va_end(args);
    if (store_submit(&c, db, clock_ns() + 20 * NS_PER_S, on_done, &is_done) == DONE) {
        cr_expect(!is_done, "done is not called");
        is_done = true;
    }
    await(&is_done);
    out = arena_strdup(&arena, c.job.err == OK ? buf_text(&c.job.body) : err_name(c.job.err));
    store_fini(&c);
    return out;
}

static bool found(const char *answer)
{
    return strcmp(answer, "NOT_FOUND") != 0 && answer[0] == '{';
}

/* Returns the events of an account (NULL: all), newest first. */
static const char *events(const char *user)
{
    struct store_call c;
    bool is_done = false;
    struct json_object *list;
    const char *out = "";

    store_begin(&c, &store, STORE_AUDITS);
    store_text(&c, "user_id", user);
    store_integer(&c, "limit", 10);
    if (store_submit(&c, db, clock_ns() + 20 * NS_PER_S, on_done, &is_done) == DONE) {
        cr_expect(!is_done, "done is not called");
        is_done = true;
    }
    await(&is_done);
    list = store_result(&c);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        out = arena_printf(&arena, "%s%s%s", out, *out ? " " : "",
                           jget_text(json_object_array_get_idx(list, i), "event"));
    json_object_put(list);
    store_fini(&c);
    return out;
}

/* Returns the ids of a list: "a b". */
static const char *ids(const char *answer)
{
    struct json_object *list = json_tokener_parse(answer);
    const char *out = "";

    cr_assert(json_object_is_type(list, json_type_array), "%s", answer);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        out = arena_printf(&arena, "%s%s%s", out, *out ? " " : "",
                           jget_text(json_object_array_get_idx(list, i), "id"));
    json_object_put(list);
    return out;
}

/* --- all statements --- */

static bool has_column(sqlite3_stmt *s, const char *name)
{
    for (int i = 0; i < sqlite3_column_count(s); i++)
        if (strcmp(sqlite3_column_name(s, i), name) == 0)
            return true;
    return false;
}

/* Expects that a step has the columns that a later step uses. */
static void expect_columns(const struct plan *plan, sqlite3_stmt *const *steps, size_t at)
{
    const struct plan_step *step = &plan->steps[at];

    for (size_t i = 0; i < step->bind_count; i++)
        if (step->binds[i].is_step)
            cr_expect(step->binds[i].index < at &&
                          has_column(steps[step->binds[i].index], step->binds[i].column),
                      "%s: %s", step->sql, step->binds[i].column);
}

static void expect_plan(sqlite3 *memory, const struct plan *plan)
{
    sqlite3_stmt *steps[16] = {0};
    bool writes = false;

    cr_assert(plan->step_count && plan->step_count < 16);
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];

        cr_assert(sqlite3_prepare_v2(memory, step->sql, -1, &steps[i], NULL) == SQLITE_OK, "%s: %s",
                  step->sql, sqlite3_errmsg(memory));
        cr_expect((size_t)sqlite3_bind_parameter_count(steps[i]) == step->bind_count, "%s",
                  step->sql);
        cr_expect((step->returns != PLAN_NONE) == (sqlite3_column_count(steps[i]) > 0), "%s",
                  step->sql);
        writes |= !sqlite3_stmt_readonly(steps[i]);
        expect_columns(plan, steps, i);
    }
    cr_expect(writes == plan->is_write, "%s", plan->steps[0].sql);
    cr_expect(plan->role == ROLE_SERVER);
    for (size_t i = 0; i < plan->step_count; i++)
        sqlite3_finalize(steps[i]);
}

Test(store, every_query_prepares)
{
    sqlite3 *memory;

    cr_assert(sqlite3_open(":memory:", &memory) == SQLITE_OK);
    cr_assert(sqlite3_exec(memory, own_tables_sql, NULL, NULL, NULL) == SQLITE_OK);
    for (size_t i = 0; i < STORE_COUNT; i++) {
        cr_expect(store.plans[i].id == i + 1);
        expect_plan(memory, &store.plans[i]);
    }
    sqlite3_close(memory);
}

Test(store, values_that_a_query_lacks_are_offered_in_vain)
{
    struct store_call c;

    store_begin(&c, &store, STORE_SESSION_USED);
    store_text_if_used(&c, "actor", "t");
    store_text_if_used(&c, "id", "s1");
    store_text(&c, "now", NULL);
    cr_expect(c.values[0].type == DB_NULL && slice_is(c.values[1].text, "s1"));
    store_fini(&c);
}

/* --- identification --- */

Test(store, a_session_that_lives_is_found)
{
    static const struct {
        const char *hash;
        bool found;
    } table[] = {{"h1", true},  {"h2", false}, {"h3", false}, {"h4", false},
                 {"h5", false}, {"h6", true},  {"h", false},  {NULL, false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_expect(found(ask(STORE_SESSION, "secret_hash", table[i].hash, "idle", T(3), NULL)) ==
                      table[i].found,
                  "%s", table[i].hash);
    ask(STORE_SESSION_USED, "id", "s4", NULL);
    cr_expect(found(ask(STORE_SESSION, "secret_hash", "h4", "idle", T(3), NULL)), "used again");
}

Test(store, a_key_that_lives_is_found)
{
    static const struct {
        const char *id;
        bool found;
    } table[] = {{"k1", true},  {"k2", true}, {"k3", false}, {"k4", false},
                 {"k5", false}, {"k6", true}, {"k", false},  {NULL, false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_expect(found(ask(STORE_API_KEY, "id", table[i].id, NULL)) == table[i].found, "%s",
                  table[i].id);
}

Test(store, a_token_is_as_good_as_its_session)
{
    static const struct {
        const char *id, *user;
        bool lives;
    } table[] = {{"s1", "ann", true}, {"s3", "ann", true},  {"s1", "bob", false},
                 {"s1", NULL, false}, {"s2", "ann", false}, {"s5", "eve", false},
                 {"s6", "bob", true}, {"s9", "ann", false}, {NULL, "ann", false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_expect(found(ask(STORE_TOKEN_SESSION, "id", table[i].id, "user_id", table[i].user,
                            NULL)) == table[i].lives,
                  "%s of %s", table[i].id, table[i].user);
    cr_expect(found(ask(STORE_PROVE_TABLES, NULL)));
}

/* By an index: a starting worker must not scan a table of a million accounts. */
Test(store, what_hashes_cost_is_found_in_few_steps)
{
    static const char fill[] =
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)"
        " INSERT INTO _leat_users (id, email, password_hash, created_at, updated_at)"
        " SELECT 'u' || i, 'u' || i, CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN"
        " '$argon2id$v=19$m=8192,t=1,p=1$salt$sum' WHEN 2 THEN"
        " '$argon2id$v=19$m=19456,t=2,p=1$salt$sum' ELSE '$2b$12$' || hex(randomblob(20)) END,"
        " '', '' FROM n";
    struct buf sql = {0};
    sqlite3_stmt *stmt;
    sqlite3 *file;

    cr_assert(sqlite3_open(path, &file) == SQLITE_OK);
    cr_assert(sqlite3_exec(file, fill, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(file));
    cr_expect_str_eq(ask(STORE_PASSWORD_COSTS, NULL),
                     "[{\"cost\":\"m=19456,t=2,p=1\"},{\"cost\":\"m=8192,t=1,p=1\"}]");
    buf_puts(&sql, store.plans[STORE_PASSWORD_COSTS].steps[0].sql);
    cr_assert(sqlite3_prepare_v2(file, buf_text(&sql), -1, &stmt, NULL) == SQLITE_OK, "%s",
              sqlite3_errmsg(file));
    while (sqlite3_step(stmt) == SQLITE_ROW)
        ;
    cr_expect(sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0) < 10, "%d",
              sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 0));
    cr_expect(sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 0) < 500, "%d",
              sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_VM_STEP, 0));
    sqlite3_finalize(stmt);
    sqlite3_close(file);
    buf_fini(&sql);
}

Test(store, what_counts_once_is_taken_once)
{
    cr_expect(found(ask(STORE_TAKE_ONCE, "name", "a", "expires_at", T(7), NULL)));
    cr_expect(!found(ask(STORE_TAKE_ONCE, "name", "a", "expires_at", T(8), NULL)));
    cr_expect(found(ask(STORE_TAKE_ONCE, "name", "b", "expires_at", T(3), NULL)));
    cr_expect(found(ask(STORE_TAKE_ONCE, "name", "b", "expires_at", T(7), NULL)),
              "a name that expired went");
}

/* --- sessions and keys belong to their account --- */

Test(store, a_session_is_revoked_by_its_account_once)
{
    cr_expect(!found(ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "bob", NULL)));
    cr_expect(!found(ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", NULL, NULL)));
    cr_expect(found(ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "ann", NULL)));
    cr_expect(!found(ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "ann", NULL)));
    cr_expect(!found(ask(STORE_SESSION, "secret_hash", "h1", "idle", T(3), NULL)));
    cr_expect(!found(ask(STORE_TOKEN_SESSION, "id", "s1", "user_id", "ann", NULL)));
}

Test(store, all_sessions_but_one_are_revoked)
{
    cr_expect_str_eq(ids(ask(STORE_SESSIONS, "user_id", "ann", "idle", T(1), NULL)), "s4 s1");
    cr_expect_str_eq(ids(ask(STORE_SESSIONS, "user_id", "ann", "idle", T(3), NULL)), "s1", "idle");
    cr_expect_str_eq(ask(STORE_REVOKE_SESSIONS, "user_id", "ann", "keep", "s1", NULL),
                     "{\"count\":2}");
    cr_expect_str_eq(ids(ask(STORE_SESSIONS, "user_id", "ann", "idle", T(1), NULL)), "s1");
    ask(STORE_REVOKE_SESSIONS, "user_id", "ann", NULL);
    cr_expect_str_eq(ids(ask(STORE_SESSIONS, "user_id", "ann", "idle", T(1), NULL)), "");
    cr_expect_str_eq(ids(ask(STORE_SESSIONS, "user_id", "bob", "idle", T(1), NULL)), "s6",
                     "no one else's");
    cr_expect_str_eq(ask(STORE_REVOKE_SESSIONS, "user_id", NULL, NULL), "{\"count\":0}",
                     "nor nobody's");
}

Test(store, keys_are_made_by_accounts)
{
    static const struct {
        const char *user;
        bool made;
    } table[] = {{"ann", true}, {"eve", false}, {"nobody", false}, {NULL, false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_expect(found(ask(STORE_API_KEY_CREATE, "id", "k9", "user_id", table[i].user, "name", "n",
                            "secret_hash", "h", "scopes", "", NULL)) == table[i].made,
                  "%s", table[i].user);
    cr_expect_str_eq(ids(ask(STORE_API_KEYS, "user_id", "ann", NULL)), "k9 k3 k2 k1");
    cr_expect_str_eq(ids(ask(STORE_API_KEYS, "user_id", "bob", NULL)), "k6");
    cr_expect(!strstr(ask(STORE_API_KEYS, "user_id", "bob", NULL), "hash"));
    cr_expect(!found(ask(STORE_API_KEY_REVOKE, "id", "k9", "user_id", "bob", NULL)));
    cr_expect(found(ask(STORE_API_KEY_REVOKE, "id", "k9", "user_id", "ann", NULL)));
    cr_expect(!found(ask(STORE_API_KEY, "id", "k9", NULL)));
    cr_expect(!found(ask(STORE_API_KEY_REVOKE, "id", "k9", "user_id", "ann", NULL)), "once");
    cr_expect(found(ask(STORE_API_KEY_REVOKE, "id", "k6", NULL)), "leatctl revokes any");
    ask(STORE_API_KEY_CREATE, "id", "k9", "user_id", "ann", "name", "n", "secret_hash", "h",
        "scopes", "", NULL);
    cr_expect(found(ask(STORE_API_KEY, "id", "k9", NULL)),
              "what was revoked has gone with the next");
}

Test(store, an_account_that_is_disabled_has_nothing)
{
    cr_expect_str_eq(ask(STORE_DISABLE_USER, "user_id", "ann", NULL), "{\"count\":3}");
    cr_expect(!found(ask(STORE_TOKEN_SESSION, "id", "s1", "user_id", "ann", NULL)));
    cr_expect(!found(ask(STORE_API_KEY, "id", "k1", NULL)));
    cr_expect(found(ask(STORE_ENABLE_USER, "user_id", "ann", NULL)));
    cr_expect(found(ask(STORE_API_KEY, "id", "k1", NULL)));
    cr_expect(!found(ask(STORE_SESSION, "secret_hash", "h1", "idle", T(3), NULL)),
              "but what was over stays so");
}

/* --- an event is recorded with its change, or not at all --- */

Test(store, writes_leave_their_note)
{
    ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "bob", NULL);
    cr_expect_str_eq(events(NULL), "");
    ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "ann", NULL);
    ask(STORE_API_KEY_REVOKE, "id", "k1", "user_id", "ann", NULL);
    ask(STORE_SET_ROLES, "user_id", "bob", "roles", "[]", NULL);
    cr_expect_str_eq(events("ann"), "api-key.revoked session.revoked");
    cr_expect_str_eq(events("bob"), "user.roles");
    cr_expect_str_eq(events(NULL), "user.roles api-key.revoked session.revoked");
}
