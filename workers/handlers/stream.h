/* SPDX-License-Identifier: MIT */
/*
 * Answers with lists that are too long to hold. The rows go to the client while a thread of the
 * database reads them, and the thread waits for the client:
 *
 *     thread of db_stream()                         loop
 *     renders rows ─▶ more() ─▶ chunk_queue (2) ─▶ proceed() ─▶ http_stream_send() ─▶ socket
 *                     waits while it is full                 ◀─ when the socket has taken a part
 *
 * A list of up to STREAM_BYTES is answered whole, with its length; a longer one is read again, from
 * the beginning, as a stream. So an error in the first STREAM_BYTES is a problem document as
 * always, and a later one ends the connection.
 *
 * Ownership: the request owns its values, which stream_begin() copies, since the connection's
 * buffers go when the client leaves. The struct stream is freed when both the exchange and the job
 * have ended, whichever is later; if that is the job, it frees the request too. A chunk belongs to
 * the thread until the put, then to the queue, then to the loop until the socket has taken it: at
 * most STREAM_HELD bytes at once, which limits.buffered counts.
 *
 * The whole takes no longer than x-timeout or, without that, timeouts.write from the first part on,
 * because the statement's snapshot keeps the -wal from being reused. While others wait for a
 * thread, the slowest is ended earlier (stream_pace.c), and past database.wal-limit the oldest.
 *
 * An answer that is inspected before it is sent (`responses: strict`, hidden members in columns of
 * JSON) and the list of a write cannot be streamed; they may be STREAM_WHOLE_MAX bytes long.
 */
#ifndef LEAT_WORKERS_HANDLERS_STREAM_H
#define LEAT_WORKERS_HANDLERS_STREAM_H

#include "workers/request/flow.h"

enum { STREAM_BYTES = 65536, STREAM_PART = 32768, STREAM_WHOLE_MAX = 16 << 20 };

/* Sets the limits of the request's job, before db_submit(). */
void stream_limit(struct request *r);
/* Runs a job again that has ended with is_long, and answers. If it ends before the first part,
 * calls its `done`. */
enum flow stream_begin(struct request *r);

/* Ends slow streams that others wait for. Call it several times a second. */
void stream_tick(struct worker *w);
/* Ends all streams, before db_close(). */
void stream_cancel_all(void);
/* Frees what is left, after db_close(). */
void stream_close(void);

#endif
