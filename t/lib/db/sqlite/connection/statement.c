/* SPDX-License-Identifier: MIT */
/* statement.h: what a connection keeps of the statements that it has prepared. */
#include "lib/db/sqlite/connection/statement.h"

#include <criterion/criterion.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/engine/plan.h"

enum { FILTERS = 10, VARIANTS = 1 << FILTERS };

static struct conn conn;
static struct plan_filter filters[FILTERS];
static struct plan_step step = {.sql = "SELECT id FROM t", .returns = PLAN_LIST};
static struct plan plan = {.steps = &step, .step_count = 1, .filters = filters};

static void set_up(void)
{
    struct fault fault = {0};

    cr_assert(conn_open(&conn, ":memory:", CONN_MEMORY, "off", &fault), "%s", fault.text);
    cr_assert(conn_exec(&conn, "CREATE TABLE t (id INTEGER PRIMARY KEY)"));
    for (size_t i = 0; i < FILTERS; i++)
        filters[i].column = "id";
    plan.filter_count = FILTERS;
}

static void tear_down(void)
{
    conn_close(&conn);
}

TestSuite(statement, .init = set_up, .fini = tear_down);

/* Returns the number of statements that SQLite holds for the connection. */
static size_t held(void)
{
    size_t count = 0;

    for (sqlite3_stmt *s = sqlite3_next_stmt(conn.db, NULL); s; s = sqlite3_next_stmt(conn.db, s))
        count++;
    return count;
}

Test(statement, keeps_a_bounded_number_of_variants)
{
    size_t own = held();

    for (unsigned variant = 0; variant < VARIANTS; variant++)
        cr_assert(statement_get(&conn, &plan, 0, variant));
    cr_expect(held() - own <= 64, "%zu", held() - own);
}

Test(statement, keeps_the_variants_that_are_in_use)
{
    struct statement *favourite = statement_get(&conn, &plan, 0, 5);

    for (unsigned variant = 0; variant < VARIANTS; variant++) {
        cr_assert(statement_get(&conn, &plan, 0, variant));
        cr_expect(statement_get(&conn, &plan, 0, 5) == favourite, "%u", variant);
    }
}

Test(statement, prepares_again_what_it_has_dropped)
{
    for (unsigned variant = 0; variant < VARIANTS; variant++)
        cr_assert(statement_get(&conn, &plan, 0, variant));
    for (unsigned variant = 0; variant < VARIANTS; variant++) {
        struct statement *s = statement_get(&conn, &plan, 0, variant);

        cr_assert(s && s->variant == variant);
        cr_expect(sqlite3_bind_parameter_count(s->stmt) == __builtin_popcount(variant));
    }
}
