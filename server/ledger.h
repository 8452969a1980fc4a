/* SPDX-License-Identifier: MIT */
/* What the master counts and decides: kept here, copied to shared memory for the workers and their
 * metrics (lib/shm/facts.def), passed on in an upgrade. */
#ifndef LEAT_SERVER_LEDGER_H
#define LEAT_SERVER_LEDGER_H

#include <json-c/json.h>

#include "lib/shm/layout.h"

struct ledger {
    struct shm *shm; /* where it is published; NULL: another master does that */
#define FACT(type, name) type name;
#include "lib/shm/facts.def"
#undef FACT
};

/* Copies all of it to shared memory: after each change, and each second in case that a worker has
 * written there. */
void ledger_publish(const struct ledger *l);
/* As a map of numbers; the caller's. */
struct json_object *ledger_write(const struct ledger *l);
/* Takes over what ledger_write() made; what is missing stays 0. */
void ledger_read(struct ledger *l, struct json_object *map);

#endif
