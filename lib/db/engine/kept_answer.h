/* SPDX-License-Identifier: MIT */
/*
 * The answer of a write, kept under a key that its client chose
 * (draft-ietf-httpapi-idempotency-key- header). It is stored in the transaction of the write
 * itself, so either both are durable or neither is. A later job with the same key gets the answer,
 * and its steps do not run:
 *
 *     look up ─┬─ nothing ───────────── steps ── accept ── store ── COMMIT
 *              ├─ the same request ──── the stored answer
 *              └─ another request ───── ERR_KEY_REUSED
 *
 * Writes are serial, across all workers, so whoever looks up sees every answer that was stored
 * before. A job that fails stores nothing, and its key can be used again.
 */
#ifndef LEAT_DB_ENGINE_KEPT_ANSWER_H
#define LEAT_DB_ENGINE_KEPT_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"

enum { KEPT_DIGEST = 32 };

struct kept_answer {
    /* Input: borrowed until the job is done. */
    struct slice subject, operation, key; /* together they name the answer */
    unsigned char request[KEPT_DIGEST];   /* a digest of the request */
    uint64_t lifetime_ms;

    /* The answer, besides the job's body: set by the job's `accept`, or as it was stored. `headers`
     * is opaque to the engine, and freed by the caller. */
    int status;
    struct buf headers;
    bool is_replay; /* it was stored before */
};

#endif
