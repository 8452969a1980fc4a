/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/migration.h"
#include "lib/db/migration/migration_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sqlite3.h>

#include "lib/auth/secret/digest.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/proof/prove_sql.h"
#include "t/fixtures/fixture.h"

static char path[96];
static struct diags diags;
static int reports;

static void set_up(void)
{
    scratch_make();
    snprintf(path, sizeof(path), "%s/data/a.db", scratch);
}

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(migration, .init = set_up, .fini = tear_down);

static struct json_object *load(void)
{
    struct json_object *list = migration_load(scratch, "sqlite", digest_sha256_hex, &diags);

    cr_assert(list, "%s: %s", diags.count ? diags.items[0].where : "",
              diags.count ? diags.items[0].message : "");
    return list;
}

static void on_report(const char *what, struct json_object *migration)
{
    cr_expect(what && migration);
    reports++;
}

static bool up(struct json_object *list)
{
    return migration_up(path, list, &diags, on_report);
}

static int64_t query(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *stmt = NULL;
    int64_t n = -1;

    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        n = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    return n;
}

static size_t count_state(struct json_object *list, const char *state)
{
    struct json_object *status = migration_status(path, list, &diags);
    size_t n;

    cr_assert(status);
    n = migration_count(status, state);
    json_object_put(status);
    return n;
}

Test(migration, goes_up_and_down)
{
    struct json_object *list;

    scratch_put("0001_a.up.sql",
                "CREATE TABLE a (x);\n-- ; 'comment'\nINSERT INTO a VALUES (';');\n");
    scratch_put("0001_a.down.sql", "DROP TABLE a;");
    scratch_put("0002_b.up.sql", "CREATE TABLE b (x)");
    scratch_put("0010_c.up.sql", "");
    list = load();
    cr_expect(json_object_array_length(list) == 3);
    cr_expect(count_state(list, "pending") == 3 && access(path, F_OK) != 0, "status makes no file");
    cr_assert(up(list));
    cr_expect(reports == 3 && count_state(list, "applied") == 3);
    cr_expect(query("SELECT count(*) FROM a") == 1);
    cr_expect(up(list) && reports == 3, "a second time does nothing");
    cr_expect(!migration_down(path, list, &diags, on_report), "0010 has no .down.sql");
    cr_expect(diags.errors == 1 && reports == 3);
    json_object_put(list);
    scratch_put("0010_c.down.sql", "SELECT 1;");
    scratch_put("0002_b.down.sql", "DROP TABLE b;");
    list = load();
    for (int i = 0; i < 3; i++)
        cr_expect(migration_down(path, list, &diags, on_report));
    cr_expect(count_state(list, "pending") == 3 && query("SELECT count(*) FROM a") == -1);
    cr_expect(!migration_down(path, list, &diags, on_report) && reports == 6);
    json_object_put(list);
}

Test(migration, keeps_nothing_of_one_that_fails)
{
    struct json_object *list;

    scratch_put("0001_a.up.sql", "CREATE TABLE a (x);");
    scratch_put(
        "0002_b.up.sql",
        "CREATE TABLE b (x);\nINSERT INTO b VALUES (1);\nINSERT INTO nothing VALUES (1);\n");
    list = load();
    cr_expect(!up(list) && diags.errors == 1 && reports == 1);
    cr_expect(strstr(diags.items[0].where, "0002_b.up.sql:3"), "%s", diags.items[0].where);
    cr_expect(query("SELECT count(*) FROM a") == 0 && query("SELECT count(*) FROM b") == -1);
    cr_expect(count_state(list, "pending") == 1);
    json_object_put(list);
}

Test(migration, names_the_line_of_an_error)
{
    struct json_object *list;

    scratch_put("0001_a.up.sql",
                "CREATE TABLE a (x);\n\n\n\n\n\n\n\n\n\nSELECT y FROM a;\nSELECT 1;\nSELECT 2;\n");
    list = load();
    cr_expect(!up(list));
    cr_expect(strstr(diags.items[0].where, "0001_a.up.sql:11"), "%s", diags.items[0].where);
    json_object_put(list);
}

Test(migration, must_not_end_its_transaction)
{
    static const char *const rows[] = {"COMMIT;", "ROLLBACK;", "BEGIN;", "END;",
                                       "ATTACH ':memory:' AS x;"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *list;
        char text[128];

        snprintf(text, sizeof(text), "CREATE TABLE a (x); %s CREATE TABLE b (x);", rows[i]);
        scratch_put("0001_a.up.sql", text);
        list = load();
        cr_expect(!up(list), "%s", rows[i]);
        cr_expect(query("SELECT count(*) FROM a") == -1, "%s", rows[i]);
        json_object_put(list);
    }
}

Test(migration, checks_foreign_keys_at_the_end)
{
    struct json_object *list;

    scratch_put("0001_a.up.sql",
                "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a REFERENCES a);"
                "INSERT INTO b VALUES (1); INSERT INTO a VALUES (1);");
    list = load();
    cr_expect(up(list), "a table may be rebuilt in any order");
    json_object_put(list);
    scratch_put("0002_b.up.sql", "DELETE FROM a;");
    list = load();
    cr_expect(!up(list) && query("SELECT count(*) FROM a") == 1);
    json_object_put(list);
}

Test(migration, knows_what_was_edited_or_lost)
{
    struct json_object *list, *status;

    scratch_put("0002_a.up.sql", "CREATE TABLE a (x);\n");
    scratch_put("0003_b.up.sql", "CREATE TABLE b (x);\n");
    list = load();
    cr_assert(up(list));
    json_object_put(list);
    scratch_put("0002_a.up.sql", "CREATE TABLE a (x);\r\n");
    list = load();
    cr_expect(count_state(list, "applied") == 2, "line ends do not count");
    json_object_put(list);
    scratch_put("0002_a.up.sql", "CREATE TABLE a (x, y);\n");
    scratch_unlink("0003_b.up.sql");
    scratch_put("0001_c.up.sql", "CREATE TABLE c (x);\n");
    list = load();
    cr_expect(count_state(list, "edited") == 1 && count_state(list, "missing") == 1);
    cr_expect(count_state(list, "pending") == 1);
    status = migration_status(path, list, &diags);
    migration_verify(status, list, &diags);
    cr_expect(diags.errors == 3, "edited, missing, and older than the newest applied: %zu",
              diags.errors);
    json_object_put(status);
    cr_expect(!up(list) && query("SELECT count(*) FROM c") == -1);
    cr_expect(!migration_down(path, list, &diags, on_report));
    json_object_put(list);
}

Test(migration, rehearses_in_memory)
{
    struct json_object *list;
    struct conn *c;

    scratch_put("0001_a.up.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES a);");
    list = load();
    c = prove_open(list, &diags);
    cr_assert(c && diags.count == 0);
    cr_expect(conn_integer(c, "SELECT count(*) FROM a") == 0);
    cr_expect(!conn_exec(c, "INSERT INTO a VALUES (1, 7)"), "foreign keys are on again");
    prove_close(&c);
    json_object_put(list);
    scratch_put("0002_b.up.sql", "SELECT nothing;");
    list = load();
    cr_expect(!prove_open(list, &diags) && diags.errors == 1);
    json_object_put(list);
}

#define ENDLESS "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c) "

/* A migration may be hostile, too: no proof takes for ever, or all memory. */
Test(migration, bounds_what_a_rehearsal_takes, .timeout = 300)
{
    static const char *const rows[] = {
        ENDLESS "INSERT INTO a SELECT i FROM c;",
        ENDLESS "SELECT count(*) FROM c;",
        "INSERT INTO a SELECT length(hex(zeroblob(400000000)));",
        "PRAGMA hard_heap_limit = 0; INSERT INTO a SELECT length(hex(zeroblob(400000000)));",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *list;
        char text[256];

        snprintf(text, sizeof(text), "CREATE TABLE a (x);\n%s", rows[i]);
        scratch_put("0001_a.up.sql", text);
        list = load();
        cr_expect(!prove_open(list, &diags));
        cr_assert_eq(diags.errors, 1);
        cr_expect(strstr(diags.items[0].where, "0001_a.up.sql:2"), "%s", diags.items[0].where);
        cr_expect(strncmp(diags.items[0].message, "the migrations take more than ", 30) == 0,
                  "%s: %s", rows[i], diags.items[0].message);
        diags_fini(&diags);
        json_object_put(list);
    }
}

Test(migration, leaves_other_files_alone)
{
    struct json_object *list;
    struct json_object *status;

    scratch_put("0001_a.up.sql", "SELECT 1;");
    list = load();
    scratch_put(
        "a.db",
        "not a database, not a database, not a database, not a database, not a database, not a"
        " database at all");
    snprintf(path, sizeof(path), "%s/a.db", scratch);
    status = migration_status(path, list, &diags);
    cr_expect(!status && diags.errors == 1);
    cr_expect(!up(list) && !migration_down(path, list, &diags, on_report) && reports == 0);
    json_object_put(list);
}
