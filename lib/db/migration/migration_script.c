/* SPDX-License-Identifier: MIT */
#include "lib/db/migration/migration_script.h"

#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/db/migration/migrated_secrets.h"
#include "lib/db/sql/sqlhead.h"
#include "lib/db/sql/sqllex.h"

static const char no_transactions[] =
    "a migration must not begin or end transactions or attach files";
/* Keeps a migration from ending the transaction that it runs in, and from secrets. Notes why it
 * refuses. */
static int authorize(void *arg, int action, const char *a, const char *b, const char *c,
                     const char *d)
{
    bool ends = action == SQLITE_TRANSACTION || action == SQLITE_ATTACH || action == SQLITE_DETACH;
    const char *why = ends ? no_transactions : migrated_secrets_refuse(action, a, b);

    (void)c, (void)d;
    if (why)
        *(const char **)arg = why;
    return why ? SQLITE_DENY : SQLITE_OK;
}

/* Returns true for a rehearsal in memory. Only such a run has limits (prove_sql.c). */
static bool is_rehearsal(struct conn *c)
{
    const char *file = sqlite3_db_filename(c->db, "main");

    return !file || !*file;
}

static const char *explain_error(struct conn *c, int rc, const char *refusal)
{
    if ((rc & 0xff) == SQLITE_AUTH && refusal)
        return refusal;
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
                             int rc, const char *refusal, struct diags *diags)
{
    int offset = sqlite3_error_offset(c->db);
    unsigned line = 1;
    char where[512];

    at = offset >= 0 ? at + offset : sql_token_at(at, &dialect_sqlite).at;
    for (const char *p = start; p < at; p++)
        line += *p == '\n';
    snprintf(where, sizeof(where), "%s:%u", file, line);
    diag_error(diags, where, "%s", explain_error(c, rc, refusal));
}

/* Runs the statement at `at`, and sets *rest behind it. */
static int run_statement(struct conn *c, const char *at, const char **rest, bool are_near,
                         const char **refusal)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(c->db, at, -1, &stmt, rest);

    if (rc == SQLITE_OK && stmt &&
        (*refusal = migrated_secrets_refuse_text(c, at, *rest, are_near)))
        rc = SQLITE_AUTH;
    while (rc == SQLITE_OK && stmt && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        rc = SQLITE_OK;
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

bool migration_run_script(struct conn *c, struct json_object *m, const char *key,
                          struct diags *diags)
{
    const char *start = jget_text(m, key), *at = start, *refusal = NULL;
    const char *file = jget_text(m, strcmp(key, "up") == 0 ? "file" : "down-file");
    bool are_near = migrated_secrets_are_near(c);
    int rc = SQLITE_OK;

    sqlite3_set_authorizer(c->db, authorize, &refusal);
    while (rc == SQLITE_OK && *at) {
        const char *rest = at;

        rc = run_statement(c, at, &rest, are_near, &refusal);
        if (rc != SQLITE_OK)
            report_statement(c, file, start, at, rc, refusal, diags);
        else if (sql_head_of(at, &dialect_sqlite).verb == SQL_OTHER)
            are_near = migrated_secrets_are_near(c);
        at = rest > at ? rest : at + strlen(at);
    }
    sqlite3_set_authorizer(c->db, NULL, NULL);
    return rc == SQLITE_OK;
}
