/* SPDX-License-Identifier: MIT */
/* limit.h: how the keys of one policy affect those of another. */
#include "lib/shm/limit.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "t/lib/shm/shm_fixture.h"

enum { SHARE = 3, FLOOD = 4 * SHM_LIMITS };

static const uint64_t start_ns = UINT64_C(1000000) * NS_PER_S;

static uint64_t key_of(uint64_t n)
{
    n = (n + 1) * UINT64_C(0xbf58476d1ce4e5b9);
    return (n ^ n >> 29) | 1;
}

TestSuite(limit_shares, .init = shm_set_up, .fini = shm_tear_down, .timeout = 60);

/* A client chooses its header and its address in an IPv6 network. */
Test(limit_shares, keys_of_one_policy_push_out_none_of_another)
{
    static const struct limit_policy policy = {NS_PER_S, 3, 1}, longer = {3600 * NS_PER_S, 5, 1};
    uint64_t remaining;
    int chosen = limit_enter(shm, "chosen");

    cr_assert(chosen != SHARE);
    for (uint64_t k = 0; k < 20; k++)
        for (uint64_t i = 0; i < policy.burst; i++)
            cr_assert(limit_take(shm, SHARE, key_of(k), &policy, start_ns, &remaining) == 0);
    for (uint64_t i = 0; i < FLOOD; i++)
        for (int n = 0; n < 2; n++)
            limit_take(shm, chosen, key_of(i), &longer, start_ns, &remaining);
    for (uint64_t k = 0; k < 20; k++)
        cr_expect(limit_take(shm, SHARE, key_of(k), &policy, start_ns, &remaining) ==
                  policy.interval_ns);
    cr_expect(limit_used_by(shm, SHARE, start_ns) == 20);
    cr_expect(limit_used_by(shm, chosen, start_ns) == SHM_LIMITS);
}

/* Policies without a place of their own share one, and still limit. */
Test(limit_shares, more_policies_than_places)
{
    static const struct limit_policy policy = {NS_PER_S, 1, 1};
    uint64_t remaining;
    char name[16];

    for (int i = 0; i < SHM_POLICIES; i++) {
        snprintf(name, sizeof(name), "p%d", i);
        cr_expect(limit_enter(shm, name) == i);
    }
    cr_expect(limit_enter(shm, "more") == LIMIT_UNLISTED && limit_enter(shm, "p0") == 0);
    cr_expect(limit_take(shm, LIMIT_UNLISTED, key_of(1), &policy, start_ns, &remaining) == 0);
    cr_expect(limit_take(shm, LIMIT_UNLISTED, key_of(1), &policy, start_ns, &remaining) > 0);
    cr_expect(limit_used(shm, start_ns) == 1);
}

Test(limit_shares, counts_who_makes_room)
{
    static const struct limit_policy policy = {3600 * NS_PER_S, 5, 1};
    uint64_t remaining;

    for (uint64_t i = 0; i < 2 * SHM_LIMITS; i++)
        limit_take(shm, SHARE, key_of(i), &policy, start_ns, &remaining);
    cr_expect(shm->limits_evicted >= SHM_LIMITS, "%lu", (unsigned long)shm->limits_evicted);
}
