/* SPDX-License-Identifier: MIT */
/* Readers look at keys only, so a key must not lose its place before its time: `until` is raised
 * before a key takes it. A worker that is killed in between leaves a place that is kept longer. */
#include "lib/shm/revoked.h"

static struct shm_revoked_set *set_of(struct shm *shm, uint64_t key)
{
    return &shm->revoked[key % SHM_REVOKED_SETS];
}

static void raise_to(_Atomic uint64_t *value, uint64_t least)
{
    uint64_t have = *value;

    while (have < least && !atomic_compare_exchange_weak(value, &have, least))
        ;
}

/* The place of the key: its own, else the one that is over soonest. */
static int choose(const struct shm_revoked_set *set, uint64_t key)
{
    int soonest = 0;

    for (int i = 0; i < SHM_REVOKED_WAYS; i++) {
        if (set->keys[i] == key)
            return i;
        if (set->until_s[i] < set->until_s[soonest])
            soonest = i;
    }
    return soonest;
}

/* False: the key had its place. */
static bool place(struct shm *shm, uint64_t key, uint64_t until_s, uint64_t now_s)
{
    struct shm_revoked_set *set = set_of(shm, key);

    for (;;) {
        int i = choose(set, key);
        uint64_t have = set->keys[i];

        if (have && have != key && set->until_s[i] >= now_s)
            raise_to(&set->floor_s, now_s); /* it makes room */
        raise_to(&set->until_s[i], until_s);
        if (have == key)
            return false;
        if (atomic_compare_exchange_strong(&set->keys[i], &have, key))
            return true;
    }
}

void revoked_add(struct shm *shm, uint64_t key, uint64_t until_s, uint64_t now_s)
{
    place(shm, key, until_s, now_s);
}

static int count_places(const struct shm_revoked_set *set, uint64_t key)
{
    int count = 0;

    for (int i = 0; i < SHM_REVOKED_WAYS; i++)
        count += set->keys[i] == key;
    return count;
}

/* Two that come at once may get a place each; one of them at least sees both, and none may then be
 * the first. */
bool revoked_take(struct shm *shm, uint64_t key, uint64_t made_s, uint64_t until_s, uint64_t now_s)
{
    return !revoked_has(shm, key, made_s) && place(shm, key, until_s, now_s) &&
           count_places(set_of(shm, key), key) == 1;
}

bool revoked_has(struct shm *shm, uint64_t key, uint64_t made_s)
{
    const struct shm_revoked_set *set = set_of(shm, key);

    for (int i = 0; i < SHM_REVOKED_WAYS; i++)
        if (atomic_load_explicit(&set->keys[i], memory_order_acquire) == key)
            return true;
    return set->floor_s && made_s <= set->floor_s;
}
