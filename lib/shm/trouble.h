/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with the database, as each worker sees it. The workers see the same file, so the
 * log must tell it once, and not once for each worker and request: trouble_publish() says who
 * logs it.
 */
#ifndef LEAT_SHM_TROUBLE_H
#define LEAT_SHM_TROUBLE_H

#include <stdbool.h>

#include "lib/shm/layout.h"

enum trouble {
    TROUBLE_NONE,
#define TROUBLE(name, word, stops, cause, remedy) TROUBLE_##name,
#include "lib/shm/trouble.def"
#undef TROUBLE
    TROUBLE_COUNT
};

/* What the caller of trouble_publish() must log. */
enum trouble_news { TROUBLE_KNOWN, TROUBLE_BEGAN, TROUBLE_ENDED };

/* Return the word for metrics and status, and the texts for an operator. Static; "" for
 * TROUBLE_NONE and for values that are not in the table. */
const char *trouble_word(enum trouble t);
const char *trouble_cause(enum trouble t);
const char *trouble_remedy(enum trouble t);
/* Returns true if a worker that finds this is not ready and refuses writes. */
bool trouble_stops(enum trouble t);

/* Records what the worker with this slot has found now. Exactly one worker is told that trouble
 * began, or that it has ended for all of them. */
enum trouble_news trouble_publish(struct shm *shm, struct shm_slot *slot, enum trouble t);
/* Returns the number of workers that see this trouble. */
unsigned trouble_count(const struct shm *shm, enum trouble t);
/* Returns the most serious trouble that a worker sees. */
enum trouble trouble_worst(const struct shm *shm);

#endif
