/* SPDX-License-Identifier: MIT */
/*
 * Each migration runs under BEGIN IMMEDIATE and is looked up again inside, so that two processes
 * which start at once apply it only once. Foreign keys are off while it runs, so that tables can be
 * rebuilt, and are checked before the commit.
 */
#include "lib/db/migration/migration.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/text/uuid.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/sqlite/connection/db_health.h"
#include "lib/db/migration/migration_script.h"
#include "lib/db/migration/migration_state.h"
#include "lib/db/own_tables.h"

static bool check_foreign_keys(struct conn *c, struct json_object *m, struct diags *diags)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(c->db, "PRAGMA foreign_key_check", -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        diag_error(diags, jget_text(m, "file"),
                   "leaves rows of %s that refer to missing rows of %s",
                   sqlite3_column_text(stmt, 0), sqlite3_column_text(stmt, 2));
    else if (rc != SQLITE_DONE)
        diag_error(diags, jget_text(m, "file"), "%s", sqlite3_errmsg(c->db));
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE;
}

/* Checks that the secrets of Leat's own tables are still out of reach. */
static bool check_secrets(struct conn *c, struct json_object *m, struct diags *diags)
{
    struct fault fault;

    if (own_tables_verify(c, &fault))
        return true;
    diag_error(diags, jget_text(m, "file"), "%s", fault.text);
    return false;
}

static bool record(struct conn *c, struct json_object *m, bool is_up)
{
    sqlite3_stmt *stmt = NULL;
    char now[CLOCK_TEXT];
    bool ok;

    clock_rfc3339(clock_real_ms(), now);
    sqlite3_prepare_v2(c->db,
                       is_up ? "INSERT INTO _leat_migrations VALUES (?1, ?2, ?3, ?4)"
                             : "DELETE FROM _leat_migrations WHERE version = ?1",
                       -1, &stmt, NULL);
    sqlite3_bind_int64(stmt, 1, migration_version(m));
    if (is_up) {
        sqlite3_bind_text(stmt, 2, jget_text(m, "name"), -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 3, jget_text(m, "checksum"), -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 4, now, -1, SQLITE_STATIC);
    }
    ok = sqlite3_step(stmt) == SQLITE_DONE;
    sqlite3_finalize(stmt);
    return ok;
}

enum applied { NOT_APPLIED, APPLIED, UNKNOWN }; /* UNKNOWN: the database cannot be read */

static enum applied is_applied(struct conn *c, struct json_object *m)
{
    char sql[96];
    int64_t count;

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM _leat_migrations WHERE version = %lld",
             (long long)migration_version(m));
    count = conn_integer(c, sql);
    return count < 0 ? UNKNOWN : count ? APPLIED : NOT_APPLIED;
}

/* Reports the error of the connection as one of reading the applied migrations. */
static void report_unreadable(struct conn *c, struct diags *diags)
{
    char text[HEALTH_ERROR_MAX];

    diag_error(diags, NULL, "reading the applied migrations (_leat_migrations): %s",
               health_error(c, text, sizeof(text)));
}

static bool run_transaction(struct conn *c, struct json_object *m, bool is_up, struct diags *diags,
                            bool *is_done)
{
    enum applied state;
    bool ok;

    if (!conn_exec(c, "BEGIN IMMEDIATE")) {
        diag_error(diags, jget_text(m, "file"), "%s", sqlite3_errmsg(c->db));
        return false;
    }
    state = is_applied(c, m);
    if (state == UNKNOWN)
        report_unreadable(c, diags);
    if (state == UNKNOWN || (state == APPLIED) == is_up)
        return conn_exec(c, "ROLLBACK") && state != UNKNOWN;
    ok = migration_run_script(c, m, is_up ? "up" : "down", diags) &&
         check_foreign_keys(c, m, diags) && check_secrets(c, m, diags);
    if (ok && !(record(c, m, is_up) && conn_exec(c, "COMMIT"))) {
        diag_error(diags, jget_text(m, "file"), "%s", sqlite3_errmsg(c->db));
        ok = false;
    }
    if (!sqlite3_get_autocommit(c->db))
        conn_exec(c, "ROLLBACK");
    *is_done = ok;
    return ok;
}

static bool run_one(struct conn *c, struct json_object *m, bool is_up, struct diags *diags,
                    bool *is_done)
{
    bool ok;

    *is_done = false;
    conn_exec(c, "PRAGMA foreign_keys = OFF");
    ok = run_transaction(c, m, is_up, diags, is_done);
    conn_exec(c, "PRAGMA foreign_keys = ON");
    return ok;
}

static bool set_up(struct conn *c)
{
    char sql[64];
    sqlite3_stmt *stmt = NULL;
    unsigned char key[32];

    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", DB_APPLICATION_ID);
    if (!conn_exec(c, sql) || !conn_exec(c, own_tables_sql))
        return false;
    random_bytes(key, sizeof(key));
    sqlite3_prepare_v2(c->db, "INSERT OR IGNORE INTO _leat_keys VALUES ('cursor', ?1)", -1, &stmt,
                       NULL);
    sqlite3_bind_blob(stmt, 1, key, sizeof(key), SQLITE_STATIC);
    return conn_run(stmt) == SQLITE_OK && sqlite3_finalize(stmt) == SQLITE_OK;
}

static bool open_for(struct conn *c, const char *path, enum conn_mode mode, struct diags *diags)
{
    struct fault fault;

    if (conn_inspect(path, &fault) && conn_open(c, path, mode, "full", &fault))
        return true;
    diag_error(diags, NULL, "%s", fault.text);
    return false;
}

/* Lists the applied migrations in order, each compared with its file. Returns false if they cannot
 * be read; a database without the table has none. */
static bool status_applied(struct conn *c, struct json_object *migrations, struct json_object *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc;

    if (conn_integer(c, "SELECT count(*) FROM sqlite_schema WHERE name = '_leat_migrations'") == 0)
        return true;
    rc = sqlite3_prepare_v2(c->db,
                            "SELECT version, name, checksum, applied_at FROM _leat_migrations"
                            " ORDER BY version",
                            -1, &stmt, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        rc = SQLITE_OK;
        migration_note_applied(out, migrations, sqlite3_column_int64(stmt, 0),
                               (const char *)sqlite3_column_text(stmt, 1),
                               (const char *)sqlite3_column_text(stmt, 2),
                               (const char *)sqlite3_column_text(stmt, 3));
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE;
}

static bool read_applied(const char *path, struct json_object *migrations, struct json_object *out,
                         struct diags *diags)
{
    struct conn c;
    bool ok;

    if (!open_for(&c, path, CONN_READ, diags))
        return false;
    ok = status_applied(&c, migrations, out);
    if (!ok)
        report_unreadable(&c, diags);
    conn_close(&c);
    return ok;
}

struct json_object *migration_status(const char *path, struct json_object *migrations,
                                     struct diags *diags)
{
    struct json_object *out = json_object_new_array();

    if (access(path, F_OK) == 0 && !read_applied(path, migrations, out, diags)) {
        json_object_put(out);
        return NULL;
    }
    migration_note_pending(out, migrations);
    return out;
}

static bool check_status(const char *path, struct json_object *migrations, struct diags *diags)
{
    struct json_object *status = migration_status(path, migrations, diags);
    size_t before = diags->errors;

    if (!status)
        return false;
    migration_verify(status, migrations, diags);
    json_object_put(status);
    return diags->errors == before;
}

bool migration_up(const char *path, struct json_object *migrations, struct diags *diags,
                  void (*report)(const char *what, struct json_object *migration))
{
    struct conn c;
    char text[HEALTH_ERROR_MAX];
    bool ok, is_done;

    if (!check_status(path, migrations, diags) || !open_for(&c, path, CONN_CREATE, diags))
        return false;
    ok = set_up(&c);
    if (!ok)
        diag_error(diags, path, "%s", health_error(&c, text, sizeof(text)));
    for (size_t i = 0; ok && i < json_object_array_length(migrations); i++) {
        struct json_object *m = json_object_array_get_idx(migrations, i);

        ok = run_one(&c, m, true, diags, &is_done);
        if (is_done)
            report("applied", m);
    }
    conn_close(&c);
    return ok;
}

bool migration_down(const char *path, struct json_object *migrations, struct diags *diags,
                    void (*report)(const char *what, struct json_object *migration))
{
    struct conn c;
    struct json_object *newest = NULL;
    bool ok = false, is_done = false;

    if (!check_status(path, migrations, diags) || !open_for(&c, path, CONN_WRITE, diags))
        return false;
    for (size_t i = json_object_array_length(migrations); i-- > 0 && !newest;)
        if (is_applied(&c, json_object_array_get_idx(migrations, i)) == APPLIED)
            newest = json_object_array_get_idx(migrations, i);
    if (!newest)
        diag_error(diags, NULL, "no migration is applied");
    else if (!jget_text(newest, "down"))
        diag_error(diags, jget_text(newest, "file"), "has no matching .down.sql");
    else
        ok = run_one(&c, newest, false, diags, &is_done);
    if (is_done)
        report("undone", newest);
    conn_close(&c);
    return ok;
}

bool migration_rehearse(struct conn *c, struct json_object *migrations, struct diags *diags)
{
    bool ok = set_up(c), is_done;

    for (size_t i = 0; ok && i < json_object_array_length(migrations); i++)
        ok = run_one(c, json_object_array_get_idx(migrations, i), true, diags, &is_done);
    return ok;
}
