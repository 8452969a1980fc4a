/* SPDX-License-Identifier: MIT */
#include "lib/shm/stats.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/hash.h"
#include "lib/shm/shm.h"

enum { LINEAR = 16, SUB_BITS = 4 };

static bool is_operation(int operation)
{
    return operation >= 0 && operation < SHM_OPERATIONS;
}

/* Returns what an entry is found by. It is never 0, which marks a free entry, and does not depend
 * on the run, because a long route is published with its end. */
static uint64_t entry_key(const char *method, const char *route)
{
    static const uint64_t fixed[2] = {0};
    const struct slice pieces[] = {slice_of(method), SLICE_LIT(" "), slice_of(route)};
    uint64_t key = hash_identity(fixed, pieces, 3);

    return key ? key : 1;
}

/* Copies `text`. If it is too long it is cut at a character boundary and ends in "~" and its hash,
 * so that texts stay distinct. */
static void set_text(char *to, size_t size, const char *text, uint64_t key)
{
    char fresh[sizeof(((struct shm_operation *)0)->route)] = "";
    size_t len = strlen(text);

    memcpy(fresh, text, len < size ? len : size);
    if (len >= size) {
        for (len = size - 10; len && ((unsigned char)text[len] & 0xc0) == 0x80; len--)
            ;
        snprintf(fresh + len, size - len, "~%08lx", (unsigned long)(key & 0xffffffff));
    }
    if (memcmp(to, fresh, size) != 0) /* so that concurrent readers see no half-written text */
        memcpy(to, fresh, size);
}

/* Writes the names. Whoever finds the entry writes the same ones, so a worker that dies in between
 * does no harm. */
static void set_names(struct shm_operation *o, uint64_t key, const char *method, const char *route,
                      const char *id)
{
    char short_method[sizeof(o->method)] = "";

    snprintf(short_method, sizeof(short_method), "%s", method);
    set_text(o->method, sizeof(o->method), short_method, key);
    set_text(o->route, sizeof(o->route), route, key);
    set_text(o->id, sizeof(o->id), id, key);
}

int stats_enter(struct shm *shm, const char *method, const char *route, const char *id)
{
    uint64_t key;

    assert(method && route && id);
    key = entry_key(method, route);
    for (unsigned i = 0; i < SHM_OPERATIONS; i++) {
        unsigned at = (unsigned)((key + i) % SHM_OPERATIONS);
        struct shm_operation *o = &shm->operations[at];
        uint64_t have = 0;

        if (atomic_compare_exchange_strong(&o->key, &have, key) || have == key) {
            set_names(o, key, method, route, id);
            return (int)at;
        }
    }
    return -1;
}

void stats_record(struct shm *shm, int slot, int operation, int status, uint64_t us)
{
    assert(shm_is_slot(slot) && is_operation(operation));
    unsigned stripe = (unsigned)slot % SHM_STRIPES;
    struct shm_operation *o = &shm->operations[operation];
    struct shm_stripe *s = &shm->stripes[operation][stripe];
    int class = status / 100;

    if (!(atomic_load_explicit(&o->stripes, memory_order_relaxed) >> stripe & 1))
        atomic_fetch_or(&o->stripes, 1u << stripe);
    atomic_fetch_add_explicit(&s->classes[class > 0 && class < SHM_CLASSES ? class : 0], 1,
                              memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum_us, us, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->buckets[stats_bucket(us)], 1, memory_order_relaxed);
}

void stats_read_names(const struct shm *shm, int operation, struct stats_names *out)
{
    assert(is_operation(operation));
    const struct shm_operation *o = &shm->operations[operation];

    shm_read_text(out->method, o->method, sizeof(out->method));
    shm_read_text(out->route, o->route, sizeof(out->route));
    shm_read_text(out->id, o->id, sizeof(out->id));
}

void stats_sum(struct shm *shm, int operation, struct stats_sum *out)
{
    assert(is_operation(operation));
    uint32_t stripes = shm->operations[operation].stripes;

    memset(out, 0, sizeof(*out));
    for (unsigned i = 0; i < SHM_STRIPES; i++) {
        const struct shm_stripe *s = &shm->stripes[operation][i];

        if (!(stripes >> i & 1))
            continue; /* an unused stripe, whose pages were never touched */
        for (int k = 0; k < SHM_CLASSES; k++)
            out->classes[k] += s->classes[k];
        out->sum_us += s->sum_us;
        for (int k = 0; k < SHM_BUCKETS; k++)
            out->buckets[k] += s->buckets[k];
    }
    for (int k = 0; k < SHM_BUCKETS; k++)
        out->count += out->buckets[k];
}

unsigned stats_bucket(uint64_t us)
{
    unsigned octave, bucket;

    if (us < LINEAR)
        return (unsigned)us;
    octave = 63 - (unsigned)__builtin_clzll(us);
    bucket =
        (octave - SUB_BITS + 1) * LINEAR + (unsigned)(us >> (octave - SUB_BITS) & (LINEAR - 1));
    return bucket < SHM_BUCKETS ? bucket : SHM_BUCKETS - 1;
}

static uint64_t bucket_start(unsigned bucket)
{
    unsigned octave = bucket / LINEAR;

    return octave == 0 ? bucket : (uint64_t)(LINEAR + bucket % LINEAR) << (octave - 1);
}

uint64_t stats_bucket_end(unsigned bucket)
{
    assert(bucket < SHM_BUCKETS);
    return bucket_start(bucket + 1);
}

uint64_t stats_quantile(const struct stats_sum *sum, double q)
{
    uint64_t rank = (uint64_t)(q * (double)sum->count + 0.5), seen = 0;

    if (rank < 1)
        rank = 1;
    for (unsigned i = 0; i < SHM_BUCKETS; i++) {
        seen += sum->buckets[i];
        if (seen >= rank)
            return (bucket_start(i) + stats_bucket_end(i) - 1) / 2;
    }
    return 0;
}
