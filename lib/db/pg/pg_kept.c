/* SPDX-License-Identifier: MIT */
/* Two writes with one key at the same time: both find nothing, and one of them cannot be serialized,
 * or meets the other's row. It runs again, and finds the answer. */
#include "lib/db/pg/pg_kept.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/clock.h"
#include "lib/db/engine/kept_answer.h"
#include "lib/db/pg/pg_conn.h"

static const char find_sql[] = "SELECT request, status, headers, body FROM _leat_idempotency"
                               " WHERE subject = $1 AND operation = $2 AND key = $3"
                               " AND expires_at > $4";
/* Replaces an answer of the same key whose time is over. */
static const char store_sql[] =
    "INSERT INTO _leat_idempotency"
    " (subject, operation, key, expires_at, request, status, headers, body)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    " ON CONFLICT (subject, operation, key) DO UPDATE SET expires_at = excluded.expires_at,"
    " request = excluded.request, status = excluded.status, headers = excluded.headers,"
    " body = excluded.body";

static void add_slice(struct pg_params *p, enum db_type type, struct slice text)
{
    pg_params_add(p, &(struct db_value){.type = type, .text = text});
}

/* Begins the parameters with the name of the answer, and a time from now. */
static void add_name(struct pg_params *p, const struct kept_answer *k, uint64_t from_now_ms)
{
    char time[CLOCK_TEXT];

    clock_rfc3339(clock_real_ms() + from_now_ms, time);
    pg_params_clear(p);
    add_slice(p, DB_TEXT, k->subject);
    add_slice(p, DB_TEXT, k->operation);
    add_slice(p, DB_TEXT, k->key);
    add_slice(p, DB_TEXT, slice_of(time));
}

void pg_kept_find(struct pg_conn *c, struct pg_txn *t, struct pg_run *run)
{
    struct pg_params *p = &c->db->params;

    run->job->kept->is_replay = false;
    run->job->kept->headers.len = 0;
    add_name(p, run->job->kept, 0);
    pg_params_seal(p);
    pg_conn_query(c, t, run, PG_REPLY_FIND, find_sql, p);
}

/* Appends a column of type bytea or text. */
static void put_column(struct buf *out, const PGresult *res, int column, bool is_bytes)
{
    const char *text = PQgetvalue(res, 0, column);
    unsigned char *bytes;
    size_t len;

    if (!is_bytes) {
        buf_puts(out, text);
        return;
    }
    bytes = PQunescapeBytea((const unsigned char *)text, &len);
    if (bytes)
        buf_put(out, bytes, len);
    PQfreemem(bytes);
}

void pg_kept_take(struct pg_run *run, const PGresult *res)
{
    struct kept_answer *k = run->job->kept;
    struct buf request = {0};

    if (!PQntuples(res))
        return;
    put_column(&request, res, 0, true);
    if (request.len != KEPT_DIGEST || memcmp(request.data, k->request, KEPT_DIGEST) != 0) {
        run->job->err = ERR_KEY_REUSED;
    } else {
        k->is_replay = true;
        k->status = atoi(PQgetvalue(res, 0, 1));
        put_column(&k->headers, res, 2, false);
        put_column(&run->job->body, res, 3, true);
    }
    buf_fini(&request);
    run->result.phase = RESULT_END;
}

void pg_kept_store(struct pg_conn *c, struct pg_txn *t, struct pg_run *run)
{
    const struct kept_answer *k = run->job->kept;
    struct pg_params *p = &c->db->params;

    assert(run->job->err == OK && !k->is_replay && k->status);
    add_name(p, k, k->lifetime_ms);
    add_slice(p, DB_BLOB, (struct slice){(const char *)k->request, KEPT_DIGEST});
    pg_params_add(p, &(struct db_value){.type = DB_INTEGER, .integer = k->status});
    add_slice(p, DB_TEXT, buf_slice(&k->headers));
    add_slice(p, DB_BLOB, buf_slice(&run->job->body));
    pg_params_seal(p);
    pg_conn_query(c, t, run, PG_REPLY_STORE, store_sql, p);
}
