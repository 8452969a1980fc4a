/* SPDX-License-Identifier: MIT */
/* The counters and decisions of the master, kept here and copied to shared memory for the workers
 * and their metrics (lib/shm/facts.def); an upgrade passes them on. */
#ifndef LEAT_SERVER_GENERATION_LEDGER_H
#define LEAT_SERVER_GENERATION_LEDGER_H

#include <json-c/json.h>

#include "lib/shm/layout.h"

struct ledger {
    struct shm *shm; /* where to publish; NULL: another master publishes */
#define FACT(type, name) type name;
#include "lib/shm/facts.def"
#undef FACT
};

/* Copies everything to shared memory: after each change, and each second, because a worker may have
 * overwritten it. */
void ledger_publish(const struct ledger *l);
/* Returns it as a map of numbers; the caller's. */
struct json_object *ledger_write(const struct ledger *l);
/* Reads what ledger_write() made; missing numbers stay 0. */
void ledger_read(struct ledger *l, struct json_object *map);

#endif
