/* SPDX-License-Identifier: MIT */
/* Sessions and API keys that are over, told to all workers through shared memory
 * (lib/shm/revoked.h) for as long as a token of theirs could live. */
#ifndef LEAT_AUTH_REVOCATION_H
#define LEAT_AUTH_REVOCATION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/shm/layout.h"

/* The session or API key `id` is over; access tokens live for `access_s`. */
void revocation_add(struct shm *shm, const char *id, int64_t access_s);
/* Whether what was made for it at `made_s` (seconds since 1970) is over. */
bool revocation_has(struct shm *shm, const char *id, int64_t made_s);
/* Takes what counts once, on any worker: made at `made_s`, of no use from `until_s` on; in seconds
 * since 1970. False: it was taken before. */
bool revocation_take(struct shm *shm, const char *name, int64_t made_s, int64_t until_s);

#endif
