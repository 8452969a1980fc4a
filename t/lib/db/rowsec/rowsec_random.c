/* SPDX-License-Identifier: MIT */
/* Row security and secrets against random statements: a caller's answers and effects equal those on
 * a database in which nobody else has rows. LEAT_RANDOM sets the number of statements, 10,000 by
 * default. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "lib/core/clock.h"
#include "lib/db/own_tables.h"
#include "lib/db/sql/sqlhead.h"
#include "lib/db/sqlite/connection/statement.h"
#include "lib/db/sqlite/transaction.h"
#include "t/fixtures/fixture.h"
#include "t/lib/db/rowsec/sql_random.h"

enum { RESET_EVERY = 50, ROWS_MAX = 4096 };

static unsigned rounds(void)
{
    const char *text = getenv("LEAT_RANDOM");

    return text ? (unsigned)atoi(text) : 10000;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the rows of an array of flat objects, because the order that the statement leaves open is
 * not compared. */
static char *sorted(const struct buf *body)
{
    char *text = strndup(body->len ? body->data : "", body->len), *items[ROWS_MAX];
    struct buf out = {0};
    size_t n = 0;

    for (char *at = text; at && *at && n < ROWS_MAX; n++) {
        items[n] = at;
        at = strstr(at, "},{");
        if (at) {
            at[1] = '\0';
            at += 2;
        }
    }
    if (n) { /* the array's brackets do not belong to the first and last row */
        items[0]++;
        items[n - 1][strlen(items[n - 1]) - 1] = '\0';
    }
    qsort(items, n, sizeof(*items), by_text);
    for (size_t i = 0; i < n; i++)
        buf_printf(&out, "%s\n", items[i]);
    free(text);
    buf_text(&out);
    return out.data;
}

static const struct owned_table owned[] = {
    {"notes", "owner_id"}, {"lists", "owner_id"}, {"tags", "owner_id"}};

/* A database, with the connections of one thread. */
struct base {
    char path[128];
    struct roles roles;
};

/* Changes the database as another program would, with all the functions of the shell. */
static void change(const struct base *b, const char *sql)
{
    sqlite3 *raw;

    cr_assert(sqlite3_open(b->path, &raw) == SQLITE_OK);
    cr_assert(sqlite3_exec(raw, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(raw));
    sqlite3_close(raw);
}

static void open_base(struct base *b, const char *name, const char *schema, size_t owned_count)
{
    struct db_options options = {.synchronous = "off",
                                 .owned = owned,
                                 .owned_count = owned_count,
                                 .roles = (1u << ROLE_COUNT) - 1,
                                 .path = b->path};
    struct fault fault = {0};

    snprintf(b->path, sizeof(b->path), "%s", scratch_path(name));
    change(b, schema);
    cr_assert(roles_open(&b->roles, &options, CONN_WRITE, &fault), "%s", fault.text);
}

/* Runs the statement as u1. */
static struct db_job run(struct base *b, const char *sql, bool is_write, enum plan_role role)
{
    static struct plan_step step;
    static struct plan plan;
    struct db_job job = {
        .plan = &plan, .subject = slice_of("u1"), .deadline_ns = clock_ns() + 60 * NS_PER_S};

    step = (struct plan_step){.sql = sql, .returns = PLAN_LIST};
    plan = (struct plan){.is_write = is_write, .role = role, .steps = &step, .step_count = 1};
    transaction_run(&b->roles, &job, is_write);
    for (int i = 0; i < ROLE_COUNT; i++)
        statement_drop_all(&b->roles.conns[i]);
    statement_drop_all(&b->roles.barrier);
    return job;
}

/* Returns all rows of the owner, as text. */
static char *dump(struct base *b, const char *owner)
{
    struct buf sql = {0};
    struct db_job job;
    char *text;

    buf_printf(&sql,
               "SELECT 'n' AS t, id, title, n, meta FROM notes WHERE owner_id = '%s' UNION ALL"
               " SELECT 'l', id, name, n, 0 FROM lists WHERE owner_id = '%s' UNION ALL"
               " SELECT 't', 0, tag, n, 0 FROM tags WHERE owner_id = '%s'",
               owner, owner, owner);
    job = run(b, buf_text(&sql), false, ROLE_UNRESTRICTED);
    cr_assert(job.err == OK, "%s", job.cause);
    text = sorted(&job.body);
    db_job_fini(&job);
    buf_fini(&sql);
    return text;
}

static void expect_same(const char *what, const char *sql, char *a, char *b)
{
    cr_assert(strcmp(a, b) == 0, "%s of: %s\n--- beside others:\n%s--- alone:\n%s", what, sql, a,
              b);
    free(a);
    free(b);
}

/* Returns whether both answered. */
static bool compare(struct base *among, struct base *alone, const char *sql, bool is_write)
{
    struct db_job a = run(among, sql, is_write, ROLE_CALLER);
    struct db_job b = run(alone, sql, is_write, ROLE_UNRESTRICTED);
    bool ok = a.err == OK;

    cr_assert(a.err == b.err, "%s\n%s %s\n%s %s", sql, err_name(a.err), a.cause, err_name(b.err),
              b.cause);
    cr_assert(!a.foreign, "%s", sql);
    if (ok) {
        cr_assert(a.changes == b.changes, "%s: %d %d", sql, (int)a.changes, (int)b.changes);
        expect_same("answer", sql, sorted(&a.body), sorted(&b.body));
    }
    db_job_fini(&a);
    db_job_fini(&b);
    return ok;
}

static void refill(struct base *b, const char *rows)
{
    struct buf sql = {0};

    buf_printf(&sql, "DELETE FROM notes; DELETE FROM lists; DELETE FROM tags; %s;%s",
               sql_random_rows_u1, rows);
    change(b, buf_text(&sql));
    buf_fini(&sql);
}

Test(rowsec_random, nobody_else_matters, .timeout = 3600)
{
    struct sql_random r = {.state = 0x9e3779b97f4a7c15};
    struct base among, alone;
    struct buf sql = {0};
    unsigned answered = 0, n = rounds();
    char *others = NULL;

    scratch_make();
    open_base(&among, "among.db", sql_random_schema, 3);
    open_base(&alone, "alone.db", sql_random_schema, 0);
    for (unsigned i = 0; i < n; i++) {
        bool is_write;

        if (i % RESET_EVERY == 0) {
            refill(&among, sql_random_rows_u2);
            refill(&alone, "");
            free(others);
            others = dump(&among, "u2");
        }
        sql.len = 0;
        is_write = sql_random_statement(&r, &sql);
        answered += compare(&among, &alone, buf_text(&sql), is_write);
        if (!is_write)
            continue;
        expect_same("effect", buf_text(&sql), dump(&among, "u1"), dump(&alone, "u1"));
        expect_same("others", buf_text(&sql), dump(&among, "u2"), strdup(others));
    }
    cr_expect(answered > n / 2, "only %u of %u statements can run", answered, n);
    free(others);
    buf_fini(&sql);
    roles_close(&among.roles);
    roles_close(&alone.roles);
    scratch_remove();
}

/* Secret columns of own_tables.h, with others beside them. */
static const char *const secrets[][2] = {
    {"_leat_users", "password_hash"},
    {"_leat_users", "email"},
    {"_leat_sessions", "secret_hash"},
    {"_leat_sessions", "csrf_hash"},
    {"_leat_refresh_tokens", "token_hash"},
    {"_leat_refresh_tokens", "salt"},
    {"_leat_email_tokens", "token_hash"},
    {"_leat_api_keys", "secret_hash"},
    {"_leat_api_keys", "name"},
    {"_leat_totp", "secret"},
    {"_leat_recovery_codes", "code_hash"},
    {"_leat_keys", "value"},
};

static const char secret_rows[] =
    "INSERT INTO _leat_users (id, email, password_hash, created_at, updated_at) VALUES"
    " ('u1', 'e', 's3cret', '', '');"
    "INSERT INTO _leat_sessions (id, user_id, secret_hash, csrf_hash, created_at, used_at, "
    "expires_at)"
    " VALUES ('s', 'u1', 's3cret', 's3cret', '', '', '');"
    "INSERT INTO _leat_refresh_tokens (token_hash, session_id, salt, client_hash, created_at,"
    " expires_at) VALUES ('s3cret', 's', 's3cret', 's3cret', '', '');"
    "INSERT INTO _leat_email_tokens (token_hash, user_id, kind, email, created_at, expires_at) "
    "VALUES"
    " ('s3cret', 'u1', '', '', '', '');"
    "INSERT INTO _leat_api_keys (id, user_id, name, secret_hash, scopes, created_at) VALUES"
    " ('k', 'u1', '', 's3cret', '', '');"
    "INSERT INTO _leat_totp (user_id, secret, created_at) VALUES ('u1', 's3cret', '');"
    "INSERT INTO _leat_recovery_codes (user_id, code_hash) VALUES ('u1', 's3cret');"
    "INSERT INTO _leat_keys VALUES ('k', CAST('s3cret' AS BLOB));"
    "CREATE VIEW seen AS SELECT * FROM _leat_users;"
    "CREATE VIEW deep AS SELECT * FROM (SELECT NULL AS password_hash) FULL JOIN main._leat_users "
    "USING"
    " (password_hash);"
    "CREATE VIRTUAL TABLE indexed USING fts5(password_hash, content='_leat_users');"
    "INSERT INTO indexed (indexed) VALUES ('rebuild');";

Test(rowsec_random, no_secret_is_an_answer, .timeout = 600)
{
    struct sql_random r = {.state = 42};
    struct buf sql = {0}, schema = {0};
    unsigned answered = 0, n = rounds() / 5;
    struct base b;

    scratch_make();
    buf_printf(&schema, "%s;%s%s", sql_random_schema, own_tables_sql, secret_rows);
    open_base(&b, "secrets.db", buf_text(&schema), 3);
    for (unsigned i = 0; i < n; i++) {
        const char *const *s = secrets[i % (sizeof(secrets) / sizeof(*secrets))];
        struct db_job job;

        sql.len = 0;
        sql_random_probe(&r, s[0], s[1], &sql);
        job = run(&b, buf_text(&sql), sql_head_writes(sql_head_of(buf_text(&sql), &dialect_sqlite)),
                  i % 2 ? ROLE_CALLER : ROLE_UNRESTRICTED);
        cr_assert(!strcasestr(buf_text(&job.body), "s3cret") &&
                      !strstr(job.body.data, "733363726574"),
                  "%s: %s", buf_text(&sql), job.body.data);
        answered += job.err == OK;
        db_job_fini(&job);
    }
    cr_expect(answered > n / 8, "only %u of %u queries can run", answered, n);
    roles_close(&b.roles);
    buf_fini(&sql);
    buf_fini(&schema);
    scratch_remove();
}
