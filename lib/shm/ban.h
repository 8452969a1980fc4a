/* SPDX-License-Identifier: MIT */
/* Callers who are refused for a while: "ip:192.0.2.1", "sub:…", "api-key:…". Every request checks
 * this table while it holds any ban. */
#ifndef LEAT_SHM_BAN_H
#define LEAT_SHM_BAN_H

#include <stdbool.h>

#include "lib/core/slice.h"
#include "lib/shm/layout.h"

/* Bans `text` until `until_ns` (clock_ns()). Returns false if there are too many bans or `text` is
 * too long. */
bool ban_add(struct shm *shm, struct slice text, uint64_t until_ns, uint64_t now_ns);
/* Ends a ban. Returns false if there is none. */
bool ban_lift(struct shm *shm, struct slice text);
/* Returns the nanoseconds that the ban still lasts, or 0 if there is none. */
uint64_t ban_find(struct shm *shm, struct slice text, uint64_t now_ns);
/* Returns true if any ban may be in force. */
static inline bool ban_is_any(struct shm *shm, uint64_t now_ns)
{
    return atomic_load_explicit(&shm->bans_until_ns, memory_order_relaxed) > now_ns;
}
/* Copies ban number `i` (0 … SHM_BANS - 1). Returns false if it is free or expired. */
bool ban_read(struct shm *shm, int i, uint64_t now_ns, char text[static SHM_TEXT],
              uint64_t *until_ns);

#endif
