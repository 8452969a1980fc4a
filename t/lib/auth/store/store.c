/* SPDX-License-Identifier: MIT */
/* The statements of accounts, on a database with only Leat's own tables. */
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
#include "lib/db/proof/portability.h"
#include "lib/shm/shm.h"

TestSuite(store, .init = store_set_up, .fini = store_tear_down);

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
        cr_expect(store_statements.plans[i].id == i + 1);
        expect_plan(memory, &store_statements.plans[i]);
    }
    sqlite3_close(memory);
}

static void note_finding(void *arg, size_t offset, const char *what, const char *instead)
{
    (void)instead;
    cr_expect(false, "at %zu: %s: %s", offset, what, (const char *)arg);
}

Test(store, the_statements_are_portable)
{
    for (size_t i = 0; i < STORE_COUNT; i++) {
        const struct plan *plan = &store_statements.plans[i];

        /* this one has a text of its own for PostgreSQL */
        for (size_t k = 0; i != STORE_PASSWORD_COSTS && k < plan->step_count; k++)
            portability_check(plan->steps[k].sql, note_finding,
                              (void *)(uintptr_t)plan->steps[k].sql);
    }
}

/* Opens the file that the environment names, or one that nobody reads. */
static FILE *open_named(const char *name)
{
    FILE *out = fopen(getenv(name) ? getenv(name) : "/dev/null", "w");

    cr_assert(out);
    return out;
}

/* t/auth/store-postgresql.t runs what this writes. */
Test(store, writes_the_statements_of_postgresql)
{
    static struct store other;
    FILE *tables = open_named("LEAT_STORE_TABLES"), *out = open_named("LEAT_STORE_STATEMENTS");

    store_init(&other, &store_arena, 1, &dialect_postgresql);
    fprintf(tables, "%s\n", own_tables_sql_postgresql);
    for (size_t i = 0; i < STORE_COUNT; i++) {
        const struct plan *plan = &other.plans[i], *same = &store_statements.plans[i];

        cr_expect(plan->step_count == same->step_count && plan->is_write == same->is_write);
        for (size_t k = 0; k < plan->step_count; k++) {
            cr_expect(!strchr(plan->steps[k].sql, '?'), "%s", plan->steps[k].sql);
            cr_expect(plan->steps[k].bind_count == same->steps[k].bind_count);
            fprintf(out, "PREPARE s_%zu_%zu AS %s;\n", i, k, plan->steps[k].sql);
        }
    }
    fclose(tables);
    fclose(out);
}

Test(store, values_that_a_query_lacks_are_offered_in_vain)
{
    struct store_call c;

    store_begin(&c, &store_statements, STORE_SESSION_USED);
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
        cr_expect(store_found(store_ask(STORE_SESSION, "secret_hash", table[i].hash, "idle",
                                        STORE_TIME(3), NULL)) == table[i].found,
                  "%s", table[i].hash);
    store_ask(STORE_SESSION_USED, "id", "s4", NULL);
    cr_expect(
        store_found(store_ask(STORE_SESSION, "secret_hash", "h4", "idle", STORE_TIME(3), NULL)),
        "used again");
}

Test(store, a_key_that_lives_is_found)
{
    static const struct {
        const char *id;
        bool found;
    } table[] = {{"k1", true},  {"k2", true}, {"k3", false}, {"k4", false},
                 {"k5", false}, {"k6", true}, {"k", false},  {NULL, false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_expect(store_found(store_ask(STORE_API_KEY, "id", table[i].id, NULL)) == table[i].found,
                  "%s", table[i].id);
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
        cr_expect(store_found(store_ask(STORE_TOKEN_SESSION, "id", table[i].id, "user_id",
                                        table[i].user, NULL)) == table[i].lives,
                  "%s of %s", table[i].id, table[i].user);
    cr_expect(store_found(store_ask(STORE_PROVE_TABLES, NULL)));
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

    cr_assert(sqlite3_open(store_path, &file) == SQLITE_OK);
    cr_assert(sqlite3_exec(file, fill, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(file));
    cr_expect_str_eq(store_ask(STORE_PASSWORD_COSTS, NULL),
                     "[{\"cost\":\"m=19456,t=2,p=1\"},{\"cost\":\"m=8192,t=1,p=1\"}]");
    buf_puts(&sql, store_statements.plans[STORE_PASSWORD_COSTS].steps[0].sql);
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
    cr_expect(
        store_found(store_ask(STORE_TAKE_ONCE, "name", "a", "expires_at", STORE_TIME(7), NULL)));
    cr_expect(
        !store_found(store_ask(STORE_TAKE_ONCE, "name", "a", "expires_at", STORE_TIME(8), NULL)));
    cr_expect(
        store_found(store_ask(STORE_TAKE_ONCE, "name", "b", "expires_at", STORE_TIME(3), NULL)));
    cr_expect(
        store_found(store_ask(STORE_TAKE_ONCE, "name", "b", "expires_at", STORE_TIME(7), NULL)),
        "a name that expired went");
}

/* --- sessions and keys belong to their account --- */

Test(store, a_session_is_revoked_by_its_account_once)
{
    cr_expect(!store_found(store_ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "bob", NULL)));
    cr_expect(!store_found(store_ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", NULL, NULL)));
    cr_expect(store_found(store_ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "ann", NULL)));
    cr_expect(!store_found(store_ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "ann", NULL)));
    cr_expect(
        !store_found(store_ask(STORE_SESSION, "secret_hash", "h1", "idle", STORE_TIME(3), NULL)));
    cr_expect(!store_found(store_ask(STORE_TOKEN_SESSION, "id", "s1", "user_id", "ann", NULL)));
}

Test(store, all_sessions_but_one_are_revoked)
{
    cr_expect_str_eq(
        store_ids(store_ask(STORE_SESSIONS, "user_id", "ann", "idle", STORE_TIME(1), NULL)),
        "s4 s1");
    cr_expect_str_eq(
        store_ids(store_ask(STORE_SESSIONS, "user_id", "ann", "idle", STORE_TIME(3), NULL)), "s1",
        "idle");
    cr_expect_str_eq(store_ask(STORE_REVOKE_SESSIONS, "user_id", "ann", "keep", "s1", NULL),
                     "{\"count\":2}");
    cr_expect_str_eq(
        store_ids(store_ask(STORE_SESSIONS, "user_id", "ann", "idle", STORE_TIME(1), NULL)), "s1");
    store_ask(STORE_REVOKE_SESSIONS, "user_id", "ann", NULL);
    cr_expect_str_eq(
        store_ids(store_ask(STORE_SESSIONS, "user_id", "ann", "idle", STORE_TIME(1), NULL)), "");
    cr_expect_str_eq(
        store_ids(store_ask(STORE_SESSIONS, "user_id", "bob", "idle", STORE_TIME(1), NULL)), "s6",
        "no one else's");
    cr_expect_str_eq(store_ask(STORE_REVOKE_SESSIONS, "user_id", NULL, NULL), "{\"count\":0}",
                     "nor nobody's");
}

Test(store, keys_are_made_by_accounts)
{
    static const struct {
        const char *user;
        bool made;
    } table[] = {{"ann", true}, {"eve", false}, {"nobody", false}, {NULL, false}};

    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
        cr_expect(store_found(store_ask(STORE_API_KEY_CREATE, "id", "k9", "user_id", table[i].user,
                                        "name", "n", "secret_hash", "h", "scopes", "", NULL)) ==
                      table[i].made,
                  "%s", table[i].user);
    cr_expect_str_eq(store_ids(store_ask(STORE_API_KEYS, "user_id", "ann", NULL)), "k9 k3 k2 k1");
    cr_expect_str_eq(store_ids(store_ask(STORE_API_KEYS, "user_id", "bob", NULL)), "k6");
    cr_expect(!strstr(store_ask(STORE_API_KEYS, "user_id", "bob", NULL), "hash"));
    cr_expect(!store_found(store_ask(STORE_API_KEY_REVOKE, "id", "k9", "user_id", "bob", NULL)));
    cr_expect(store_found(store_ask(STORE_API_KEY_REVOKE, "id", "k9", "user_id", "ann", NULL)));
    cr_expect(!store_found(store_ask(STORE_API_KEY, "id", "k9", NULL)));
    cr_expect(!store_found(store_ask(STORE_API_KEY_REVOKE, "id", "k9", "user_id", "ann", NULL)),
              "once");
    cr_expect(store_found(store_ask(STORE_API_KEY_REVOKE, "id", "k6", NULL)),
              "leatctl revokes any");
    store_ask(STORE_API_KEY_CREATE, "id", "k9", "user_id", "ann", "name", "n", "secret_hash", "h",
              "scopes", "", NULL);
    cr_expect(store_found(store_ask(STORE_API_KEY, "id", "k9", NULL)),
              "what was revoked has gone with the next");
}

Test(store, an_account_that_is_disabled_has_nothing)
{
    cr_expect_str_eq(store_ask(STORE_DISABLE_USER, "user_id", "ann", NULL), "{\"count\":3}");
    cr_expect(!store_found(store_ask(STORE_TOKEN_SESSION, "id", "s1", "user_id", "ann", NULL)));
    cr_expect(!store_found(store_ask(STORE_API_KEY, "id", "k1", NULL)));
    cr_expect(store_found(store_ask(STORE_ENABLE_USER, "user_id", "ann", NULL)));
    cr_expect(store_found(store_ask(STORE_API_KEY, "id", "k1", NULL)));
    cr_expect(
        !store_found(store_ask(STORE_SESSION, "secret_hash", "h1", "idle", STORE_TIME(3), NULL)),
        "but what was over stays so");
}

Test(store, an_account_is_deleted_by_its_password_with_all_that_it_has)
{
    store_ask(STORE_SET_PASSWORD, "user_id", "ann", "password_hash", "h", NULL);
    cr_expect(
        !store_found(store_ask(STORE_DELETE_USER, "user_id", "ann", "known_hash", "x", NULL)));
    cr_expect(!store_found(store_ask(STORE_DELETE_USER, "user_id", "ann", NULL)));
    cr_expect(!store_found(store_ask(STORE_DELETE_USER, "user_id", "bob", NULL)), "none: no match");
    cr_expect(store_found(store_ask(STORE_TOKEN_SESSION, "id", "s6", "user_id", "bob", NULL)));
    cr_expect(store_found(store_ask(STORE_DELETE_USER, "user_id", "ann", "known_hash", "h", NULL)));
    cr_expect(!store_found(store_ask(STORE_FIND_USER, "name", "ann", NULL)));
    cr_expect(!store_found(store_ask(STORE_API_KEY, "id", "k1", NULL)));
    cr_expect(store_found(store_ask(STORE_API_KEY, "id", "k6", NULL)), "others keep theirs");
    cr_expect(!strncmp(store_events("ann"), "user.deleted", strlen("user.deleted")));
}

/* --- an event is recorded with its change, or not at all --- */

Test(store, writes_leave_their_note)
{
    store_ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "bob", NULL);
    cr_expect_str_eq(store_events(NULL), "");
    store_ask(STORE_REVOKE_SESSION, "id", "s1", "user_id", "ann", NULL);
    store_ask(STORE_API_KEY_REVOKE, "id", "k1", "user_id", "ann", NULL);
    store_ask(STORE_SET_ROLES, "user_id", "bob", "roles", "[]", NULL);
    cr_expect_str_eq(store_events("ann"), "api-key.revoked session.revoked");
    cr_expect_str_eq(store_events("bob"), "user.roles");
    cr_expect_str_eq(store_events(NULL), "user.roles api-key.revoked session.revoked");
}
