/* SPDX-License-Identifier: MIT */
/* Answers that are kept under the key that the client sent in Idempotency-Key (draft-ietf-httpapi-
 * idempotency-key-header-07), so that a repeated write is done once and answered the same. The
 * database keeps them (lib/db/engine/kept_answer.h). */
#ifndef LEAT_WORKERS_HANDLERS_IDEMPOTENCY_KEY_H
#define LEAT_WORKERS_HANDLERS_IDEMPOTENCY_KEY_H

#include "workers/request/request.h"

/* Gives the key to the job if the operation takes one and the client sent it. Needs only the head.
 * Returns an error if the key is missing but required, or malformed. */
enum err idempotency_key_read(struct request *r);
/* Gives the digest of the whole request to the job, if it has a key; the job's values are set. */
enum err idempotency_key_digest(struct request *r);
/* Sets the head of the answer, to be kept with the job's body. Only reads the request, since the
 * writer's thread calls it. */
void idempotency_key_keep(const struct request *r, struct db_job *job);
/* Answers with what was kept, now or before. */
void idempotency_key_answer(struct request *r);

#endif
