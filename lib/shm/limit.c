/* SPDX-License-Identifier: MIT */
/* GCRA without locks. A key's only state is its theoretical arrival time; a request moves it on by
 * one interval with a compare-and-swap, and is refused if it lies too far ahead:
 *
 *     now         arrival                  now + tolerance
 *      ├─────────────┤───── room left ────────┤      allowed while arrival ≤ now + tolerance
 *
 * An arrival in the past means a full burst, so such an entry is as good as free and nothing has to
 * be expired. Entering a key is the delicate part: two workers must not enter one key twice, or it
 * would have two bursts. All choose entries in the same order, and a worker that finds, after
 * entering a key, that it is also at an entry with precedence removes its own and retries. */
#include "lib/shm/limit.h"

#include <assert.h>

#include "lib/core/clock.h"
#include "lib/core/hash.h"
#include "lib/shm/shm.h"

enum { NAME_MAX_BYTES = sizeof(((struct shm_limit_name *)0)->text) - 1 };

uint64_t limit_key(struct shm *shm, const char *policy, struct slice text)
{
    const struct slice pieces[] = {{policy, strlen(policy) + 1}, text};
    uint64_t key = hash_identity(shm->hash_key, pieces, 2);

    return key ? key : 1;
}

int limit_enter(struct shm *shm, const char *name)
{
    uint64_t key = limit_key(shm, "", slice_of(name));

    assert(*name && strlen(name) < SHM_POLICY_NAME);
    for (int i = 0; i < SHM_POLICIES; i++) {
        struct shm_policy *p = &shm->policies[i];
        uint64_t have = 0;

        if (!atomic_compare_exchange_strong(&p->key, &have, key) && have != key)
            continue;
        strncpy(p->name, name, sizeof(p->name) - 1); /* all who find the entry write this */
        return i;
    }
    return LIMIT_UNLISTED;
}

bool limit_read_policy(struct shm *shm, int place, char name[static SHM_POLICY_NAME])
{
    assert(place >= 0 && place < SHM_POLICIES);
    shm_read_text(name, shm->policies[place].name, SHM_POLICY_NAME);
    return shm->policies[place].key != 0;
}

static struct shm_limit *ways_of(struct shm *shm, int policy, uint64_t key)
{
    uint64_t set = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;

    assert(policy >= 0 && policy < SHM_SHARES && key);
    return &shm->shares[policy].limits[set % (SHM_LIMITS / SHM_LIMIT_WAYS) * SHM_LIMIT_WAYS];
}

/* Returns the entry of the key, or NULL. */
static struct shm_limit *look_up(struct shm *shm, int policy, uint64_t key)
{
    struct shm_limit *ways = ways_of(shm, policy, key);

    for (int i = 0; i < SHM_LIMIT_WAYS; i++)
        if (ways[i].key == key)
            return &ways[i];
    return NULL;
}

static struct shm_limit_name *name_of(struct shm *shm, int policy, const struct shm_limit *l)
{
    return &shm->shares[policy].names[l - shm->shares[policy].limits];
}

/* Chooses the entry for a key: its own, else the first one that has expired (so that all workers
 * entering the same key choose the same entry), else the one that expires soonest. */
static struct shm_limit *choose_entry(struct shm_limit *ways, uint64_t key, uint64_t now_ns)
{
    struct shm_limit *soonest = ways;

    for (int i = 0; i < SHM_LIMIT_WAYS; i++)
        if (ways[i].key == key)
            return &ways[i];
    for (int i = 0; i < SHM_LIMIT_WAYS; i++) {
        if (ways[i].arrival_ns <= now_ns)
            return &ways[i];
        if (ways[i].arrival_ns < soonest->arrival_ns)
            soonest = &ways[i];
    }
    return soonest;
}

/* Returns true if another worker entered the key at the same moment and its entry takes precedence:
 * one that was used already, or the first. */
static bool is_late(const struct shm_limit *ways, const struct shm_limit *ours, uint64_t key,
                    uint64_t now_ns)
{
    for (const struct shm_limit *l = ways; l < ways + SHM_LIMIT_WAYS; l++)
        if (l != ours && l->key == key && (l < ours || l->arrival_ns > now_ns))
            return true;
    return false;
}

static struct shm_limit *find_entry(struct shm *shm, int policy, uint64_t key, uint64_t now_ns)
{
    struct shm_limit *ways = ways_of(shm, policy, key);

    for (;;) {
        struct shm_limit *l = choose_entry(ways, key, now_ns);
        uint64_t have = l->key, arrival = l->arrival_ns;

        if (have == key)
            return l;
        if (arrival > now_ns && choose_entry(ways, key, now_ns) != l)
            continue; /* it was used in the meantime */
        if (!atomic_compare_exchange_strong(&l->key, &have, key))
            continue; /* another worker was faster, perhaps for the same key */
        if (is_late(ways, l, key, now_ns)) {
            have = key;
            atomic_compare_exchange_strong(&l->key, &have, 0);
            continue;
        }
        name_of(shm, policy, l)->is_set = 0;
        if (arrival > now_ns) { /* the evicted key's debt must not pass to the new one */
            atomic_compare_exchange_strong(&l->arrival_ns, &arrival, now_ns);
            atomic_fetch_add(&shm->limits_evicted, 1);
        }
        return l;
    }
}

/* Returns what one request costs, and sets *tolerance to how far ahead of now the arrival may lie.
 * Both are capped at centuries. */
static uint64_t step_of(const struct limit_policy *rule, uint64_t *tolerance)
{
    uint64_t cost = rule->cost ? rule->cost : 1, step;

    assert(rule->burst >= cost);
    if (__builtin_mul_overflow(rule->interval_ns, cost, &step))
        step = UINT64_MAX / 4;
    if (__builtin_mul_overflow(rule->interval_ns, rule->burst - cost, tolerance))
        *tolerance = UINT64_MAX / 2;
    return step;
}

/* Takes one request from the entry. Returns 0, or the nanoseconds to wait. */
static uint64_t take_cost(struct shm_limit *l, const struct limit_policy *rule, uint64_t now_ns,
                          uint64_t *remaining)
{
    uint64_t have = l->arrival_ns, from, tolerance, step = step_of(rule, &tolerance);

    do {
        from = have > now_ns ? have : now_ns;
        if (from - now_ns > tolerance) {
            *remaining = 0;
            return from - now_ns - tolerance;
        }
    } while (!atomic_compare_exchange_weak(&l->arrival_ns, &have, from + step));
    *remaining = rule->interval_ns ? (tolerance - (from - now_ns)) / rule->interval_ns : 0;
    return 0;
}

uint64_t limit_take(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule,
                    uint64_t now_ns, uint64_t *remaining)
{
    struct shm_limit *l;
    uint64_t wait;

    do {
        l = find_entry(shm, policy, key, now_ns);
        wait = take_cost(l, rule, now_ns, remaining);
    } while (l->key != key); /* retry if the entry was reused before this request counted */
    return wait;
}

uint64_t limit_wait(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule,
                    uint64_t now_ns)
{
    struct shm_limit *l = look_up(shm, policy, key);
    uint64_t have = l ? l->arrival_ns : 0, tolerance;

    step_of(rule, &tolerance);
    return have > now_ns && have - now_ns > tolerance ? have - now_ns - tolerance : 0;
}

void limit_give_back(struct shm *shm, int policy, uint64_t key, const struct limit_policy *rule)
{
    struct shm_limit *l = look_up(shm, policy, key);
    uint64_t tolerance, step = step_of(rule, &tolerance), have = l ? l->arrival_ns : 0;

    while (have &&
           !atomic_compare_exchange_weak(&l->arrival_ns, &have, have > step ? have - step : 0))
        ;
}

static bool is_listed(int policy)
{
    assert(policy >= 0 && policy <= LIMIT_UNLISTED);
    return policy != LIMIT_UNLISTED;
}

void limit_allow(struct shm *shm, int policy)
{
    if (is_listed(policy))
        atomic_fetch_add_explicit(&shm->policies[policy].allowed, 1, memory_order_relaxed);
}

bool limit_refuse(struct shm *shm, int policy, uint64_t now_ns)
{
    struct shm_policy *p = is_listed(policy) ? &shm->policies[policy] : NULL;
    uint64_t logged = p ? p->logged_ns : now_ns;

    if (p)
        atomic_fetch_add_explicit(&p->refused, 1, memory_order_relaxed);
    return now_ns - logged >= NS_PER_S && now_ns > logged &&
           atomic_compare_exchange_strong(&p->logged_ns, &logged, now_ns);
}

void limit_name(struct shm *shm, int policy, uint64_t key, struct slice text)
{
    struct shm_limit *l = look_up(shm, policy, key);
    struct shm_limit_name *name = l ? name_of(shm, policy, l) : NULL;

    if (!name || name->is_set || text.len > NAME_MAX_BYTES || !is_listed(policy))
        return;
    memcpy(name->text, text.data, text.len);
    name->text[text.len] = '\0';
    atomic_store_explicit(&name->is_set, 1, memory_order_release);
}

bool limit_forget(struct shm *shm, int policy, uint64_t key)
{
    struct shm_limit *l = look_up(shm, policy, key);

    if (l)
        l->arrival_ns = 0;
    return l;
}

bool limit_read(struct shm *shm, int policy, uint32_t i, uint64_t now_ns, struct limit_entry *out)
{
    assert(policy >= 0 && policy < SHM_POLICIES && i < SHM_LIMITS);
    const struct shm_limit *l = &shm->shares[policy].limits[i];
    const struct shm_limit_name *name = &shm->shares[policy].names[i];
    char name_of_policy[SHM_POLICY_NAME];

    out->until_ns = l->arrival_ns;
    if (!l->key || out->until_ns <= now_ns ||
        !atomic_load_explicit(&name->is_set, memory_order_acquire))
        return false;
    shm_read_text(out->text, name->text, sizeof(name->text));
    limit_read_policy(shm, policy, name_of_policy);
    /* An entry that changed hands meanwhile must not be shown under the wrong name. */
    return limit_key(shm, name_of_policy, slice_of(out->text)) == l->key;
}

uint32_t limit_used_by(struct shm *shm, int policy, uint64_t now_ns)
{
    uint32_t used = 0;

    for (int i = 0; i < SHM_LIMITS; i++) {
        const struct shm_limit *l = &shm->shares[policy].limits[i];

        used += l->key && l->arrival_ns > now_ns;
    }
    return used;
}

uint32_t limit_used(struct shm *shm, uint64_t now_ns)
{
    uint32_t used = limit_used_by(shm, LIMIT_UNLISTED, now_ns);

    for (int i = 0; i < SHM_POLICIES; i++) {
        const struct shm_policy *p = &shm->policies[i];

        if (p->allowed || p->refused) /* reading an unused share would allocate its pages */
            used += limit_used_by(shm, i, now_ns);
    }
    return used;
}
