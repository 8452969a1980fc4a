/* SPDX-License-Identifier: MIT */
#include "lib/db/sqlite/run/kept_rows.h"

#include <assert.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/db/sqlite/connection/conn.h"
#include "lib/db/engine/db.h"
#include "lib/db/engine/kept_answer.h"
#include "lib/db/sqlite/run/exec.h"

/* On the connection of a caller a view hides the table (shadow.h), so it is named with its
 * schema. */
static const char find_sql[] = "SELECT request, status, headers, body FROM main._leat_idempotency"
                               " WHERE subject = ?1 AND operation = ?2 AND key = ?3"
                               " AND expires_at > ?4";
/* Replaces an answer of the same key whose time is over. */
static const char store_sql[] =
    "INSERT OR REPLACE INTO main._leat_idempotency"
    " (subject, operation, key, expires_at, request, status, headers, body)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

static int prepare_once(struct conn *c, const char *sql, sqlite3_stmt **stmt)
{
    return *stmt ? SQLITE_OK
                 : sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, stmt, NULL);
}

static void bind_text(sqlite3_stmt *stmt, int at, struct slice text)
{
    sqlite3_bind_text64(stmt, at, text.data ? text.data : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_blob(sqlite3_stmt *stmt, int at, const void *data, size_t len)
{
    sqlite3_bind_blob64(stmt, at, data ? data : "", len, SQLITE_STATIC);
}

/* Binds the name of the answer, and a time from now. The time lies in `text`. */
static void bind_name(sqlite3_stmt *stmt, const struct kept_answer *k, uint64_t from_now_ms,
                      char text[static CLOCK_TEXT])
{
    clock_rfc3339(clock_real_ms() + from_now_ms, text);
    bind_text(stmt, 1, k->subject);
    bind_text(stmt, 2, k->operation);
    bind_text(stmt, 3, k->key);
    bind_text(stmt, 4, slice_of(text));
}

static void end_statement(sqlite3_stmt *stmt)
{
    sqlite3_reset(stmt);
    if (stmt)
        sqlite3_clear_bindings(stmt);
}

static void put_column(struct buf *out, sqlite3_stmt *stmt, int column)
{
    const void *data = sqlite3_column_blob(stmt, column);

    buf_put(out, data, (size_t)sqlite3_column_bytes(stmt, column));
}

/* Takes the stored answer over, if it is that of the same request. */
static void take_answer(struct db_job *job, sqlite3_stmt *stmt)
{
    struct kept_answer *k = job->kept;

    if (sqlite3_column_bytes(stmt, 0) != KEPT_DIGEST ||
        memcmp(sqlite3_column_blob(stmt, 0), k->request, KEPT_DIGEST) != 0) {
        job->err = ERR_KEY_REUSED;
        return;
    }
    k->is_replay = true;
    k->status = sqlite3_column_int(stmt, 1);
    put_column(&k->headers, stmt, 2);
    put_column(&job->body, stmt, 3);
}

bool kept_rows_find(struct conn *c, struct db_job *job)
{
    char now[CLOCK_TEXT];
    int rc = prepare_once(c, find_sql, &c->kept_find);

    assert(job->kept && job->kept->key.len && job->err == OK && !job->body.len);
    job->kept->is_replay = false;
    job->kept->headers.len = 0;
    if (rc == SQLITE_OK) {
        bind_name(c->kept_find, job->kept, 0, now);
        rc = sqlite3_step(c->kept_find);
    }
    if (rc == SQLITE_ROW)
        take_answer(job, c->kept_find);
    else if (rc != SQLITE_DONE)
        exec_fail(c, job, rc, NULL);
    end_statement(c->kept_find);
    return rc != SQLITE_DONE;
}

enum err kept_rows_store(struct conn *c, struct db_job *job)
{
    const struct kept_answer *k = job->kept;
    char until[CLOCK_TEXT];
    int rc = prepare_once(c, store_sql, &c->kept_store);

    assert(job->err == OK && !k->is_replay && k->status);
    if (rc == SQLITE_OK) {
        bind_name(c->kept_store, k, k->lifetime_ms, until);
        bind_blob(c->kept_store, 5, k->request, KEPT_DIGEST);
        sqlite3_bind_int(c->kept_store, 6, k->status);
        bind_text(c->kept_store, 7, buf_slice(&k->headers));
        bind_blob(c->kept_store, 8, job->body.data, job->body.len);
        rc = sqlite3_step(c->kept_store);
    }
    if (rc != SQLITE_DONE)
        exec_fail(c, job, rc, NULL);
    end_statement(c->kept_store);
    return job->err;
}
