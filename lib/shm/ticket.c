/* SPDX-License-Identifier: MIT */
/*
 * The master writes key n + 1 over the oldest key and only then advances `newest`. Readers use the
 * newest and the two before it, and so never the one being written.
 */
#include "lib/shm/ticket.h"

#include <string.h>

#include "lib/core/text/uuid.h"

void ticket_rotate(struct shm *shm, uint64_t now_ns, uint64_t max_age_ns)
{
    struct shm_tickets *t = &shm->tickets;
    uint64_t newest = t->newest, made_ns = t->made_ns;

    /* During an upgrade there are two masters; only one of them makes the key. */
    if ((newest && now_ns - made_ns < max_age_ns) ||
        !atomic_compare_exchange_strong(&t->made_ns, &made_ns, now_ns))
        return;
    random_bytes(&t->keys[(newest + 1) % SHM_TICKETS], sizeof(struct shm_ticket));
    atomic_store_explicit(&t->newest, newest + 1, memory_order_release);
}

bool ticket_newest(struct shm *shm, struct shm_ticket *out)
{
    uint64_t newest = atomic_load_explicit(&shm->tickets.newest, memory_order_acquire);

    if (newest)
        *out = shm->tickets.keys[newest % SHM_TICKETS];
    return newest != 0;
}

bool ticket_find(struct shm *shm, const unsigned char name[static 16], struct shm_ticket *out,
                 bool *is_newest)
{
    uint64_t newest = atomic_load_explicit(&shm->tickets.newest, memory_order_acquire);

    for (uint64_t age = 0; age + 1 < SHM_TICKETS && age < newest; age++) {
        *out = shm->tickets.keys[(newest - age) % SHM_TICKETS];
        *is_newest = age == 0;
        if (memcmp(out->name, name, sizeof(out->name)) == 0)
            return true;
    }
    return false;
}
