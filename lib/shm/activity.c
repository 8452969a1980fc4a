/* SPDX-License-Identifier: MIT */
#include "lib/shm/activity.h"

#include <assert.h>
#include <string.h>

#include "lib/shm/shm.h"

static bool is_place(int slot, int entry)
{
    return shm_is_slot(slot) && entry >= 0 && entry < SHM_REQUESTS;
}

/* Copies a text and cuts it if it is too long. */
static void put_text(char to[static SHM_TEXT], const char *from)
{
    if (!memccpy(to, from, '\0', SHM_TEXT))
        to[SHM_TEXT - 1] = '\0';
}

int activity_take(struct shm *shm, int slot, uint64_t started_ns, const char *client)
{
    assert(shm_is_slot(slot) && client);
    struct shm_slot *s = &shm->slots[slot];
    uint64_t busy = atomic_load_explicit(&s->busy, memory_order_relaxed);
    int entry = ~busy ? __builtin_ctzll(~busy) : -1;
    struct shm_request *r;

    if (entry < 0)
        return -1;
    r = &shm->requests[slot][entry];
    atomic_store_explicit(&r->started_ns, started_ns, memory_order_relaxed);
    atomic_store_explicit(&r->operation, 0, memory_order_relaxed);
    atomic_store_explicit(&r->phase, SHM_HEAD, memory_order_relaxed);
    r->id[0] = '\0';
    put_text(r->client, client);
    atomic_store_explicit(&s->busy, busy | UINT64_C(1) << entry, memory_order_release);
    return entry;
}

void activity_release(struct shm *shm, int slot, int entry)
{
    assert(is_place(slot, entry));
    struct shm_slot *s = &shm->slots[slot];
    uint64_t busy = atomic_load_explicit(&s->busy, memory_order_relaxed);

    atomic_store_explicit(&s->busy, busy & ~(UINT64_C(1) << entry), memory_order_release);
}

void activity_name(struct shm *shm, int slot, int entry, int operation, const char *client,
                   const char *id)
{
    assert(is_place(slot, entry));
    assert(operation >= -1 && operation < SHM_OPERATIONS && id);
    struct shm_request *r = &shm->requests[slot][entry];

    put_text(r->id, id);
    if (client)
        put_text(r->client, client);
    atomic_store_explicit(&r->operation, (uint32_t)(operation + 1), memory_order_relaxed);
}

void activity_set_phase(struct shm *shm, int slot, int entry, enum shm_phase phase)
{
    assert(is_place(slot, entry) && phase <= SHM_WRITE);
    atomic_store_explicit(&shm->requests[slot][entry].phase, phase, memory_order_relaxed);
}

bool activity_read(struct shm *shm, int slot, int entry, struct activity *out)
{
    assert(is_place(slot, entry));
    const struct shm_request *r = &shm->requests[slot][entry];

    if (!(atomic_load_explicit(&shm->slots[slot].busy, memory_order_acquire) >> entry & 1))
        return false;
    out->started_ns = r->started_ns;
    out->operation = (int)(r->operation % (SHM_OPERATIONS + 1)) - 1;
    out->phase = r->phase % (SHM_WRITE + 1);
    shm_read_text(out->client, r->client, SHM_TEXT);
    shm_read_text(out->id, r->id, SHM_TEXT);
    return true;
}

bool activity_suspect(struct shm *shm, int slot, struct activity *out)
{
    assert(shm_is_slot(slot));
    int current = shm->slots[slot].current;
    struct activity a;
    bool found = false;

    if (current >= 0 && current < SHM_REQUESTS && activity_read(shm, slot, current, out))
        return true;
    for (int i = 0; i < SHM_REQUESTS; i++)
        if (activity_read(shm, slot, i, &a) && (!found || a.started_ns < out->started_ns)) {
            *out = a;
            found = true;
        }
    return found;
}

const char *activity_phase_name(enum shm_phase phase)
{
    static const char *const names[] = {"head", "body", "handle", "write"};

    assert(phase <= SHM_WRITE);
    return names[phase];
}
