/* SPDX-License-Identifier: MIT */
#include "lib/db/prove.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/slice.h"
#include "lib/db/conn.h"
#include "lib/db/guard.h"
#include "lib/db/migration.h"
#include "lib/db/sqltext.h"
#include "lib/db/watch.h"
#include "lib/schema/schema.h"

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
    if (*c) {
        guard_free(*c);
        conn_close(*c);
    }
    free(*c);
    *c = NULL;
}

static const char *skip_blank(const char *sql)
{
    const char *end = sql;

    do {
        sql = end;
        end = isspace((unsigned char)*sql) ? sql + 1 : sqltext_comment_end(sql);
    } while (end != sql);
    return sql;
}

/* Rows may be read and changed, nothing else. The first word decides: an authorizer would also see
 * the tables that table-valued functions such as json_each declare for themselves. */
static bool is_about_rows(const char *sql)
{
    static const char words[] = "SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|VALUES";
    char word[16];
    size_t len;

    sql = skip_blank(sql);
    len = strspn(sql, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    if (len >= sizeof(word))
        return false;
    for (size_t i = 0; i < len; i++)
        word[i] = (char)toupper((unsigned char)sql[i]);
    word[len] = '\0';
    return slice_is_choice(words, word);
}

/* Whether the column comes straight from a table's column that may be NULL. */
static bool is_nullable(sqlite3 *db, sqlite3_stmt *stmt, int i)
{
    const char *table = sqlite3_column_table_name(stmt, i);
    const char *column = sqlite3_column_origin_name(stmt, i), *type = NULL;
    int not_null = 1, is_key = 0, is_automatic = 0;

    if (!table || !column ||
        sqlite3_table_column_metadata(db, sqlite3_column_database_name(stmt, i), table, column,
                                      &type, NULL, &not_null, &is_key, &is_automatic) != SQLITE_OK)
        return false;
    return !not_null && !(is_key && type && strcasecmp(type, "INTEGER") == 0);
}

/* The types that render.c can make of a column that holds what its declaration says (SQLite,
 * "Determination Of Column Affinity"). */
static int types_of(const char *declared)
{
    static const struct {
        const char *part;
        int types;
    } rows[] = {{"INT", SCHEMA_BOOLEAN | SCHEMA_INTEGER | SCHEMA_NUMBER | SCHEMA_STRING},
                {"CHAR", SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT},
                {"CLOB", SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT},
                {"TEXT", SCHEMA_STRING | SCHEMA_ARRAY | SCHEMA_OBJECT},
                {"BLOB", SCHEMA_STRING},
                {"REAL", SCHEMA_NUMBER | SCHEMA_INTEGER},
                {"FLOA", SCHEMA_NUMBER | SCHEMA_INTEGER},
                {"DOUB", SCHEMA_NUMBER | SCHEMA_INTEGER}};

    for (size_t i = 0; declared && i < sizeof(rows) / sizeof(*rows); i++)
        if (strcasestr(declared, rows[i].part))
            return rows[i].types;
    return SCHEMA_ANY;
}

bool prove_sql(struct conn *c, const char *sql, struct prove_statement *out, char **why,
               int *offset)
{
    struct watch w = {.conn = c};
    sqlite3_stmt *stmt = NULL;
    int rc;

    *out = (struct prove_statement){0};
    sqlite3_set_authorizer(c->db, watch_see, &w);
    rc = sqlite3_prepare_v2(c->db, sql, -1, &stmt, NULL);
    sqlite3_set_authorizer(c->db, NULL, NULL);
    if (rc == SQLITE_OK && w.has_reached && sqlite3_stmt_readonly(stmt))
        snprintf(w.why, sizeof(w.why), "it reads a protected table past its view");
    if (rc != SQLITE_OK || *w.why || !is_about_rows(sql) ||
        sqlite3_column_count(stmt) > PROVE_COLUMNS_MAX) {
        *offset = rc == SQLITE_OK ? -1 : sqlite3_error_offset(c->db);
        *why = strdup(*w.why                ? w.why
                      : rc != SQLITE_OK     ? sqlite3_errmsg(c->db)
                      : !is_about_rows(sql) ? "a statement may only read and change rows"
                                            : "too many result columns");
        sqlite3_finalize(stmt);
        return false;
    }
    out->deletes = w.deletes;
    out->is_write = !sqlite3_stmt_readonly(stmt);
    out->column_count = sqlite3_column_count(stmt);
    for (int i = 0; i < out->column_count; i++) {
        out->columns[i] = strdup(sqlite3_column_name(stmt, i));
        out->is_nullable[i] = is_nullable(c->db, stmt, i);
        out->types[i] = types_of(sqlite3_column_decltype(stmt, i));
        if (out->types[i] != SCHEMA_ANY)
            out->declared[i] = strdup(sqlite3_column_decltype(stmt, i));
    }
    sqlite3_finalize(stmt);
    return true;
}

void prove_fini(struct prove_statement *s)
{
    for (int i = 0; i < s->column_count; i++)
        free(s->columns[i]), free(s->declared[i]);
    s->column_count = 0;
}
