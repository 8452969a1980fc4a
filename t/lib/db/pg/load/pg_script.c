/* SPDX-License-Identifier: MIT */
#include "lib/db/pg/load/pg_script.h"

#include <criterion/criterion.h>
#include <string.h>

/* A script, and its statements with a bar after each. */
static const struct {
    const char *script, *statements;
} scripts[] = {
    {"", ""},
    {" ; ;\n-- only a comment\n/* and */", ""},
    {"SELECT 1", "SELECT 1|"},
    {"SELECT 1; SELECT 2;", "SELECT 1|SELECT 2|"},
    {"-- first\nSELECT 1; /* ; */ SELECT 2;", "SELECT 1|SELECT 2|"},
    {"SELECT ';', \"a;b\", E'\\';', 'it''s;'; SELECT 2",
     "SELECT ';', \"a;b\", E'\\';', 'it''s;'|SELECT 2|"},
    {"SELECT 'a\\'; SELECT 2", "SELECT 'a\\'|SELECT 2|"},
    {"SELECT /* a /* nested; */ b; */ 1; SELECT 2", "SELECT /* a /* nested; */ b; */ 1|SELECT 2|"},
    {"SELECT 1 -- a; b\n; SELECT 2", "SELECT 1 -- a; b\n|SELECT 2|"},
    {"DO $$ BEGIN a; END $$; SELECT $x$ $$; $x$; SELECT $1; SELECT a$b; c",
     "DO $$ BEGIN a; END $$|SELECT $x$ $$; $x$|SELECT $1|SELECT a$b|c|"},
    {"CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); SELECT 3",
     "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)|SELECT 3|"},
    {"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; END; "
     "SELECT 2",
     "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN a THEN 1 END; "
     "END|SELECT 2|"},
    {"CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END; x",
     "CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END|x|"},
    {"BEGIN; SELECT 1; END; SELECT 2", "BEGIN|SELECT 1|END|SELECT 2|"},
    {"SELECT 'open; SELECT 2", "SELECT 'open; SELECT 2|"},
    {"SELECT $$open; SELECT 2", "SELECT $$open; SELECT 2|"},
};

Test(pg_script, is_split_as_psql_does)
{
    for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
        const char *rest = scripts[i].script;
        struct slice statement;
        char found[512] = "";

        while (pg_script_next(&rest, &statement)) {
            strncat(found, statement.data, statement.len);
            strcat(found, "|");
        }
        cr_expect_str_eq(found, scripts[i].statements, "%s: %s", scripts[i].script, found);
    }
}

Test(pg_script, runs_alone_by_its_first_comment)
{
    cr_expect(pg_script_is_alone("-- leat: no transaction\nCREATE INDEX CONCURRENTLY i ON t (a);"));
    cr_expect(pg_script_is_alone("\n-- what it is for\n--leat: no transaction \r\nSELECT 1"));
    cr_expect(!pg_script_is_alone("SELECT 1;\n-- leat: no transaction\n"));
    cr_expect(!pg_script_is_alone("-- leat: no transactions\nSELECT 1"));
    cr_expect(!pg_script_is_alone(""));
}

Test(pg_script, is_calm_without_concurrently)
{
    static const char sql[] =
        "CREATE INDEX Concurrently i ON t ('concurrently', concurrently_at, \"CONCURRENTLY\")";
    char out[sizeof(sql)], verb[8];

    pg_script_calm(slice_of(sql), out);
    cr_expect_str_eq(out, "CREATE INDEX              i ON t ('concurrently', concurrently_at,"
                          " \"CONCURRENTLY\")");
    cr_expect_str_eq(pg_script_verb(slice_of(sql), verb, sizeof(verb)), "create");
    cr_expect_str_eq(pg_script_verb(slice_of("(SELECT 1)"), verb, sizeof(verb)), "");
}
