/* SPDX-License-Identifier: MIT */
#include "lib/db/proof/explain_known.h"

#include <stdlib.h>
#include <string.h>

#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/proof/explain_nulls.h"
#include "lib/db/proof/explain_scan.h"

/* Statements whose full scans are known. */
static const struct {
    const char *sql;
    bool is_limited, scans;
} scans[] = {
    {"SELECT a FROM t WHERE b = ?1", false, true},
    {"SELECT a FROM t WHERE rowid = ?1", false, false},
    {"SELECT count(*) FROM t", false, true},
    {"SELECT a FROM t ORDER BY rowid LIMIT ?1", true, false},
    {"SELECT a FROM t ORDER BY b LIMIT ?1", true, true},
};

static bool knows_nulls(struct conn *c)
{
    char *never = explain_nulls(c, "INSERT INTO t (a, b) VALUES (1, ?1)", 1);
    char *found = explain_nulls(c, "INSERT INTO t (a, b) VALUES (?1, 1)", 1);
    bool ok = !never && found && strcmp(found, "t.a") == 0;

    free(never);
    free(found);
    return ok;
}

static bool knows_scans(struct conn *c)
{
    bool ok = true;

    for (size_t i = 0; i < sizeof(scans) / sizeof(*scans); i++) {
        char *table;

        ok &= explain_scan(c, scans[i].sql, scans[i].is_limited, &table) == scans[i].scans;
        free(table);
    }
    return ok;
}

bool explain_is_known_on(struct conn *c)
{
    return knows_nulls(c) && knows_scans(c);
}

bool explain_is_known(void)
{
    struct conn c;
    struct fault fault;
    bool ok = conn_open(&c, NULL, CONN_MEMORY, "off", &fault);

    if (!ok)
        return false;
    ok = conn_exec(&c, "CREATE TABLE t (a NOT NULL, b)") && explain_is_known_on(&c);
    conn_close(&c);
    return ok;
}
