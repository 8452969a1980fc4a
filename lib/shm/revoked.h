/* SPDX-License-Identifier: MIT */
/*
 * What was taken back before its time: sessions and API keys whose tokens would still verify. Every
 * worker sees it with its next request. A revocation is kept until no token of its can be alive;
 * where more are in force than a set has room for, all tokens of that set that were made until
 * then are refused: those clients ask for new ones. It fails closed, never open.
 */
#ifndef LEAT_SHM_REVOKED_H
#define LEAT_SHM_REVOKED_H

#include <stdbool.h>

#include "lib/shm/layout.h"

/* Revokes `key` (a hash of the id, not 0) until `until_s`; times are seconds since 1970. */
void revoked_add(struct shm *shm, uint64_t key, uint64_t until_s, uint64_t now_s);
/* Revokes a key that counts once, and was made at `made_s`. False: it was revoked before, or is at
 * this moment. */
bool revoked_take(struct shm *shm, uint64_t key, uint64_t made_s, uint64_t until_s, uint64_t now_s);
/* Whether what was made at `made_s` for that key is taken back. */
bool revoked_has(struct shm *shm, uint64_t key, uint64_t made_s);

#endif
