/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/explain_known.h"

#include <criterion/criterion.h>

#include "lib/db/sqlite/connection/conn.h"

/* This SQLite is read correctly, and one whose programs are not is noticed. */
Test(explain_known, notices_what_is_not_read)
{
    struct conn c;
    struct fault fault = {0};

    cr_expect(explain_is_known());
    cr_assert(conn_open(&c, NULL, CONN_MEMORY, "off", &fault));
    cr_expect(!explain_is_known_on(&c), "no table t");
    cr_assert(conn_exec(&c, "CREATE TABLE t (a, b)"));
    cr_expect(!explain_is_known_on(&c), "a NULL that is not found");
    cr_assert(
        conn_exec(&c, "DROP TABLE t; CREATE TABLE t (a NOT NULL, b); CREATE INDEX i ON t (b)"));
    cr_expect(!explain_is_known_on(&c), "a scan that is not found");
    cr_assert(conn_exec(&c, "DROP INDEX i"));
    cr_expect(explain_is_known_on(&c));
    conn_close(&c);
}
