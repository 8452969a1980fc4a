/* SPDX-License-Identifier: MIT */
#include "lib/shm/trouble.h"

#include <assert.h>

#include "lib/shm/shm.h"

static const struct {
    const char *word;
    bool stops;
    const char *cause, *remedy;
} rows[TROUBLE_COUNT] = {
    [TROUBLE_NONE] = {"", false, "", ""},
#define TROUBLE(name, word, stops, cause, remedy) [TROUBLE_##name] = {word, stops, cause, remedy},
#include "lib/shm/trouble.def"
#undef TROUBLE
};

static enum trouble known(enum trouble t)
{
    return (unsigned)t < TROUBLE_COUNT ? t : TROUBLE_NONE;
}

const char *trouble_word(enum trouble t)
{
    return rows[known(t)].word;
}

const char *trouble_cause(enum trouble t)
{
    return rows[known(t)].cause;
}

const char *trouble_remedy(enum trouble t)
{
    return rows[known(t)].remedy;
}

bool trouble_stops(enum trouble t)
{
    return rows[known(t)].stops;
}

/* Returns what the slot's worker has found. Slots without a worker keep what the last one found. */
static enum trouble found_by(const struct shm_slot *s)
{
    return atomic_load(&s->generation) ? known((enum trouble)atomic_load(&s->trouble))
                                       : TROUBLE_NONE;
}

unsigned trouble_count(const struct shm *shm, enum trouble t)
{
    unsigned count = 0;

    assert(t != TROUBLE_NONE);
    for (int i = 0; i < SHM_SLOTS; i++)
        count += found_by(&shm->slots[i]) == t;
    return count;
}

enum trouble trouble_worst(const struct shm *shm)
{
    enum trouble worst = TROUBLE_NONE;

    for (int i = 0; i < SHM_SLOTS; i++) {
        enum trouble t = found_by(&shm->slots[i]);

        if (t != TROUBLE_NONE && (worst == TROUBLE_NONE || t < worst))
            worst = t;
    }
    return worst;
}

enum trouble_news trouble_publish(struct shm *shm, struct shm_slot *slot, enum trouble t)
{
    uint32_t before = atomic_exchange(&slot->trouble, t), told = atomic_load(&shm->writer.told);

    assert(known(t) == t);
    if (t == told)
        return TROUBLE_KNOWN;
    if (t == TROUBLE_NONE)
        return trouble_worst(shm) == TROUBLE_NONE &&
                       atomic_compare_exchange_strong(&shm->writer.told, &told, t)
                   ? TROUBLE_ENDED
                   : TROUBLE_KNOWN;
    if (t == before || (told != TROUBLE_NONE && t > told)) /* the log tells of something worse */
        return TROUBLE_KNOWN;
    return atomic_compare_exchange_strong(&shm->writer.told, &told, t) ? TROUBLE_BEGAN
                                                                       : TROUBLE_KNOWN;
}
