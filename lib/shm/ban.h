/* SPDX-License-Identifier: MIT */
/* Callers that may not call at all for a while: "ip:192.0.2.1", "sub:…", "api-key:…". Looked at
 * with every request, as long as there is any. */
#ifndef LEAT_SHM_BAN_H
#define LEAT_SHM_BAN_H

#include <stdbool.h>

#include "lib/core/slice.h"
#include "lib/shm/layout.h"

/* Until `until_ns` (clock_ns()); false where there are too many bans, or `text` is too long. */
bool ban_add(struct shm *shm, struct slice text, uint64_t until_ns, uint64_t now_ns);
/* False where there is none. */
bool ban_lift(struct shm *shm, struct slice text);
/* The nanoseconds that it lasts still; 0: none does. */
uint64_t ban_find(struct shm *shm, struct slice text, uint64_t now_ns);
/* Whether there may be any. */
static inline bool ban_is_any(struct shm *shm, uint64_t now_ns)
{
    return atomic_load_explicit(&shm->bans_until_ns, memory_order_relaxed) > now_ns;
}
/* Copies ban number `i` (0 … SHM_BANS - 1); false where that is free or over. */
bool ban_read(struct shm *shm, int i, uint64_t now_ns, char text[static SHM_TEXT],
              uint64_t *until_ns);

#endif
