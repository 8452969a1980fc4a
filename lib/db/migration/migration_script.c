/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/migration_script.h"

#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/db/sql/sqllex.h"

/* Keeps a migration from ending the transaction that it runs in. */
static int authorize(void *arg, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
    (void)arg, (void)a, (void)b, (void)c, (void)d;
    return action == SQLITE_TRANSACTION || action == SQLITE_ATTACH || action == SQLITE_DETACH
               ? SQLITE_DENY
               : SQLITE_OK;
}

/* Returns true for a rehearsal in memory. Only such a run has limits (prove_sql.c). */
static bool is_rehearsal(struct conn *c)
{
    const char *file = sqlite3_db_filename(c->db, "main");

    return !file || !*file;
}

static const char *explain_error(struct conn *c, int rc)
{
    if ((rc & 0xff) == SQLITE_AUTH)
        return "a migration must not begin or end transactions or attach files";
    if (!is_rehearsal(c))
        return sqlite3_errmsg(c->db);
    switch (rc & 0xff) {
    case SQLITE_INTERRUPT:
        return "the migrations take more than 200 million steps of SQLite on an empty database";
    case SQLITE_NOMEM:
        return "the migrations take more than 256 MiB of memory on an empty database";
    default:
        return sqlite3_errmsg(c->db);
    }
}

/* Reports an error of the statement at `at` in the script that starts at `start`. */
static void report_statement(struct conn *c, const char *file, const char *start, const char *at,
                             int rc, struct diags *diags)
{
    int offset = sqlite3_error_offset(c->db);
    unsigned line = 1;
    char where[512];

    at = offset >= 0 ? at + offset : sql_token_at(at).at;
    for (const char *p = start; p < at; p++)
        line += *p == '\n';
    snprintf(where, sizeof(where), "%s:%u", file, line);
    diag_error(diags, where, "%s", explain_error(c, rc));
}

bool migration_run_script(struct conn *c, struct json_object *m, const char *key,
                          struct diags *diags)
{
    const char *start = jget_text(m, key), *at = start;
    const char *file = jget_text(m, strcmp(key, "up") == 0 ? "file" : "down-file");
    bool ok = true;

    sqlite3_set_authorizer(c->db, authorize, NULL);
    while (ok && *at) {
        sqlite3_stmt *stmt = NULL;
        const char *rest = at;
        int rc = sqlite3_prepare_v2(c->db, at, -1, &stmt, &rest);

        while (rc == SQLITE_OK && stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
            rc = SQLITE_OK;
        if (rc != SQLITE_OK && rc != SQLITE_DONE) {
            report_statement(c, file, start, at, rc, diags);
            ok = false;
        }
        sqlite3_finalize(stmt);
        at = rest > at ? rest : at + strlen(at);
    }
    sqlite3_set_authorizer(c->db, NULL, NULL);
    return ok;
}
