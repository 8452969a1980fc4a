/* SPDX-License-Identifier: MIT */
#include "workers/accounts/throttle.h"

#include "lib/core/clock.h"
#include "lib/core/log.h"
#include "workers/rates.h"
#include "workers/reply.h"

enum { ADDRESS_FACTOR = 10 };

void throttle_open(struct worker *w, uint64_t tries, uint64_t window_ns)
{
    struct throttle *t = &w->auth->throttle;

    t->account = (struct limit_policy){window_ns / tries, tries, 1};
    t->address =
        (struct limit_policy){window_ns / (tries * ADDRESS_FACTOR), tries * ADDRESS_FACTOR, 1};
    t->account_place = limit_enter(w->shm, THROTTLE_ACCOUNT);
    t->address_place = limit_enter(w->shm, THROTTLE_ADDRESS);
}

static uint64_t take(struct account *a, const char *name, int place,
                     const struct limit_policy *policy, const char *text)
{
    struct shm *shm = a->r->worker->shm;
    uint64_t key = limit_key(shm, name, slice_of(text)), remaining;
    uint64_t wait = limit_take(shm, key, policy, clock_ns(), &remaining);

    if (place >= 0)
        limit_name(shm, key, place, slice_of(text));
    return wait;
}

static void give_back(struct account *a, const char *name, const struct limit_policy *policy,
                      const char *text)
{
    struct shm *shm = a->r->worker->shm;

    limit_give_back(shm, limit_key(shm, name, slice_of(text)), policy);
}

bool throttle_take(struct account *a, const char *name)
{
    const struct throttle *t = &a->auth->throttle;
    uint64_t wait = take(a, THROTTLE_ACCOUNT, t->account_place, &t->account, name);

    if (!wait) {
        a->tried = name;
        wait = take(a, THROTTLE_ADDRESS, t->address_place, &t->address, rate_address(a->r));
        if (!wait)
            return true;
        give_back(a, THROTTLE_ACCOUNT, &t->account, name); /* nobody locks it from there */
        a->tried = NULL;
    }
    log_warn("security.throttled", "operation=%s client=%s id=%s", a->r->op->id, a->r->client,
             a->r->id);
    reply_header(a->r, "retry-after",
                 slice_of(arena_printf(account_arena(a), "%llu",
                                       (unsigned long long)((wait + NS_PER_S - 1) / NS_PER_S))));
    account_fail(a, ERR_THROTTLED);
    return false;
}

void throttle_forgive(struct account *a)
{
    const struct throttle *t = &a->auth->throttle;

    if (!a->tried)
        return;
    give_back(a, THROTTLE_ACCOUNT, &t->account, a->tried);
    give_back(a, THROTTLE_ADDRESS, &t->address, rate_address(a->r));
    a->tried = NULL;
}
