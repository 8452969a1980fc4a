/* SPDX-License-Identifier: MIT */
#include "lib/db/prove.h"

#include <stdlib.h>
#include <string.h>

#include "lib/db/conn.h"
#include "lib/db/migration.h"

static struct conn *open_for(const char *path, enum conn_mode mode, struct diags *diags)
{
    struct conn *c = malloc(sizeof(*c));
    char *why = NULL;

    if (!c)
        abort();
    if ((mode == CONN_MEMORY || conn_inspect(path, &why)) && conn_open(c, path, mode, "off", &why))
        return c;
    diag_error(diags, NULL, "%s", why);
    free(why);
    free(c);
    return NULL;
}

struct conn *prove_open_live(const char *path, struct diags *diags)
{
    return open_for(path, CONN_READ, diags);
}

struct conn *prove_open(struct json_object *migrations, struct diags *diags)
{
    struct conn *c = open_for(":memory:", CONN_MEMORY, diags);

    if (c && !migration_rehearse(c, migrations, diags))
        prove_close(&c);
    return c;
}

void prove_close(struct conn **c)
{
    if (*c)
        conn_close(*c);
    free(*c);
    *c = NULL;
}

static int watch(void *arg, int action, const char *a, const char *b, const char *c, const char *d)
{
    struct prove_statement *s = arg;

    (void)a, (void)b, (void)c, (void)d;
    if (action == SQLITE_DELETE)
        s->deletes = true;
    return action == SQLITE_TRANSACTION || action == SQLITE_ATTACH || action == SQLITE_DETACH ||
                   action == SQLITE_PRAGMA
               ? SQLITE_DENY
               : SQLITE_OK;
}

bool prove_sql(struct conn *c, const char *sql, struct prove_statement *out, char **why,
               int *offset)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    *out = (struct prove_statement){0};
    sqlite3_set_authorizer(c->db, watch, out);
    rc = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    sqlite3_set_authorizer(c->db, NULL, NULL);
    if (rc != SQLITE_OK || sqlite3_column_count(stmt) > PROVE_COLUMNS_MAX) {
        *offset = sqlite3_error_offset(c->db);
        *why = strdup(rc == SQLITE_AUTH ? "a statement may only read and change rows"
                      : rc != SQLITE_OK ? sqlite3_errmsg(c->db)
                                        : "too many result columns");
        sqlite3_finalize(stmt);
        return false;
    }
    out->is_write = !sqlite3_stmt_readonly(stmt);
    out->column_count = sqlite3_column_count(stmt);
    for (int i = 0; i < out->column_count; i++)
        out->columns[i] = strdup(sqlite3_column_name(stmt, i));
    sqlite3_finalize(stmt);
    return true;
}

void prove_fini(struct prove_statement *s)
{
    for (int i = 0; i < s->column_count; i++)
        free(s->columns[i]);
    s->column_count = 0;
}
