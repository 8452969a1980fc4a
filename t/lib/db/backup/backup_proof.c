/* SPDX-License-Identifier: MIT */
#include "lib/db/backup/backup_proof.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/fixtures/fixture.h"

static char path[512];

static void set_up(void)
{
    scratch_make();
    snprintf(path, sizeof(path), "%s/a.db", scratch);
}

TestSuite(backup_proof, .init = set_up, .fini = scratch_remove);

static void run_sql(const char *sql)
{
    sqlite3 *db;

    cr_assert(sqlite3_open(path, &db) == SQLITE_OK);
    cr_assert(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}

static bool go_on(int ms)
{
    (void)ms;
    return true;
}

static bool give_up(int ms)
{
    (void)ms;
    return false;
}

static void read_facts(struct backup_facts *facts)
{
    struct fault fault;
    sqlite3 *db;

    cr_assert(sqlite3_open(path, &db) == SQLITE_OK);
    cr_assert(backup_facts_read(db, facts, &fault), "%s", fault.text);
    sqlite3_close(db);
}

static void expect_refusal(const struct backup_facts *live, const char *start)
{
    struct fault fault = {.text = "proved"};

    cr_expect(!backup_prove(path, live, go_on, &fault));
    cr_expect(strncmp(fault.text, start, strlen(start)) == 0, "%s, not: %s", start, fault.text);
}

static const char schema[] = "CREATE TABLE p (id INTEGER PRIMARY KEY);"
                             "CREATE TABLE c (p REFERENCES p, n INTEGER CHECK (n > 0));"
                             "CREATE INDEX c_by_n ON c (n); INSERT INTO c VALUES (NULL, 1)";

Test(backup_proof, proves_what_is_whole)
{
    struct backup_facts facts = {0};
    struct fault fault;

    run_sql(schema);
    read_facts(&facts);
    cr_expect(backup_prove(path, &facts, go_on, &fault), "%s", fault.text);
    run_sql("PRAGMA journal_mode = WAL");
    cr_expect(backup_prove(path, &facts, go_on, &fault), "%s", fault.text);
    backup_facts_fini(&facts);
}

Test(backup_proof, compares_the_facts)
{
    static const char *const changes[] = {
        "CREATE TABLE other (x)",
        "DROP INDEX c_by_n",
        "PRAGMA user_version = 7",
        "PRAGMA application_id = 7",
        "INSERT INTO c SELECT NULL, value FROM json_each('[' || rtrim(replace(hex(zeroblob(9999)),"
        " '00', '7,'), ',') || ']')",
    };

    run_sql(schema);
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        struct backup_facts before = {0};

        read_facts(&before);
        run_sql(changes[i]);
        expect_refusal(&before, "its schema or size differs");
        backup_facts_fini(&before);
    }
}

Test(backup_proof, finds_what_is_broken)
{
    run_sql(schema);
    run_sql("INSERT INTO c VALUES (5, 1)");
    expect_refusal(NULL, "rows of c refer to missing rows of p");
    run_sql("DELETE FROM c; PRAGMA ignore_check_constraints = on; INSERT INTO c VALUES (NULL, -1)");
    expect_refusal(NULL, "it is damaged: CHECK constraint failed in c");
    cr_assert(truncate(path, 4096) == 0);
    expect_refusal(NULL, "");
}

Test(backup_proof, gives_up_when_it_is_told_to)
{
    struct fault fault;

    run_sql("CREATE TABLE t (x)");
    run_sql("WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 100000)"
            " INSERT INTO t SELECT x FROM c");
    cr_expect(!backup_prove(path, NULL, give_up, &fault));
}
