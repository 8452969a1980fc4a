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

/* A refusal is counted; its line is security.throttled. */
static uint64_t wait_of(struct account *a, const char *policy, int place,
                        const struct limit_policy *rule, const char *text)
{
    struct shm *shm = a->r->worker->shm;
    uint64_t now_ns = clock_ns();
    uint64_t wait = limit_wait(shm, place, limit_key(shm, policy, slice_of(text)), rule, now_ns);

    if (wait)
        limit_refuse(shm, place, now_ns);
    return wait;
}

static uint64_t take(struct account *a, const char *policy, int place,
                     const struct limit_policy *rule, const char *text)
{
    struct shm *shm = a->r->worker->shm;
    uint64_t key = limit_key(shm, policy, slice_of(text)), remaining;
    uint64_t wait = limit_take(shm, place, key, rule, clock_ns(), &remaining);

    if (wait)
        limit_refuse(shm, place, clock_ns());
    else
        limit_allow(shm, place);
    limit_name(shm, place, key, slice_of(text));
    return wait;
}

/* Who waits for his address counts for no account: nobody is locked out from there. */
static uint64_t wait_both(struct account *a)
{
    const struct throttle *t = &a->auth->throttle;
    uint64_t wait = wait_of(a, THROTTLE_ADDRESS, t->address_place, &t->address, rate_address(a->r));

    return wait ? wait : wait_of(a, THROTTLE_ACCOUNT, t->account_place, &t->account, a->tried);
}

static uint64_t take_both(struct account *a)
{
    const struct throttle *t = &a->auth->throttle;
    uint64_t wait = take(a, THROTTLE_ACCOUNT, t->account_place, &t->account, a->tried);

    return wait ? wait
                : take(a, THROTTLE_ADDRESS, t->address_place, &t->address, rate_address(a->r));
}

static bool admit(struct account *a, uint64_t wait)
{
    if (!wait)
        return true;
    log_warn("security.throttled", "operation=%s client=%s id=%s", a->r->op->id, a->r->client,
             a->r->id);
    reply_header(a->r, "retry-after",
                 slice_of(arena_printf(account_arena(a), "%llu",
                                       (unsigned long long)((wait + NS_PER_S - 1) / NS_PER_S))));
    account_fail(a, ERR_THROTTLED);
    return false;
}

bool throttle_check(struct account *a, const char *name)
{
    a->tried = name;
    return admit(a, wait_both(a));
}

bool throttle_pass(struct account *a)
{
    return admit(a, wait_both(a));
}

bool throttle_fail(struct account *a)
{
    return admit(a, take_both(a));
}

bool throttle_take(struct account *a, const char *name)
{
    a->tried = name;
    return throttle_pass(a) && throttle_fail(a);
}
