/* SPDX-License-Identifier: MIT */
#include "server/generation/ledger.h"

#include "lib/core/json/jget.h"

void ledger_publish(const struct ledger *l)
{
    if (!l->shm)
        return;
#define FACT(type, name) atomic_store_explicit(&l->shm->master.name, l->name, memory_order_relaxed);
#include "lib/shm/facts.def"
#undef FACT
}

struct json_object *ledger_write(const struct ledger *l)
{
    struct json_object *map = json_object_new_object();

#define FACT(type, name) json_object_object_add(map, #name, json_object_new_uint64(l->name));
#include "lib/shm/facts.def"
#undef FACT
    return map;
}

void ledger_read(struct ledger *l, struct json_object *map)
{
#define FACT(type, name) l->name = (type)json_object_get_uint64(jget(map, #name));
#include "lib/shm/facts.def"
#undef FACT
}
