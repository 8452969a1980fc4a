/* SPDX-License-Identifier: MIT */
#include "lib/shm/limit.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "t/lib/shm/shm_fixture.h"

TestSuite(limit, .init = shm_set_up, .fini = shm_tear_down, .timeout = 60);

/* A clock that runs since long ago, and the hash of client number `n` (not 0). */
static const uint64_t start_ns = UINT64_C(1000000) * NS_PER_S;

enum { SHARE = 3 };

static uint64_t key_of(uint64_t n)
{
    n = (n + 1) * UINT64_C(0xbf58476d1ce4e5b9);
    n = (n ^ n >> 29) * UINT64_C(0x94d049bb133111eb);
    n ^= n >> 32;
    return n ? n : 1;
}

/* Ten a second, three at once: each row is one request at a time in ms. */
Test(limit, follows_the_policy)
{
    static const struct limit_policy policy = {.interval_ns = 100 * NS_PER_MS, .burst = 3};
    static const struct {
        uint64_t at_ms, wait_ms, remaining;
    } rows[] = {
        {0, 0, 2},      {0, 0, 1},     {0, 0, 0},      {0, 100, 0},  {0, 100, 0},  {1, 99, 0},
        {99, 1, 0},     {100, 0, 0},   {100, 100, 0},  {150, 50, 0}, {300, 0, 1},  {300, 0, 0},
        {300, 100, 0},  {300, 100, 0}, {399, 1, 0},    {400, 0, 0},  {650, 0, 1},  {900, 0, 2},
        {1000, 0, 2},   {1000, 0, 1},  {9000, 0, 2},   {9000, 0, 1}, {9000, 0, 0}, {9000, 100, 0},
        {8990, 110, 0}, {9100, 0, 0},  {9099, 101, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t remaining = 99, wait_ns;

        wait_ns =
            limit_take(shm, SHARE, 42, &policy, start_ns + rows[i].at_ms * NS_PER_MS, &remaining);
        cr_expect(wait_ns == rows[i].wait_ms * NS_PER_MS && remaining == rows[i].remaining,
                  "row %zu: wait %lu ns, %lu remain", i, (unsigned long)wait_ns,
                  (unsigned long)remaining);
    }
}

Test(limit, keeps_any_policy)
{
    static const struct limit_policy rows[] = {
        {NS_PER_S, 1, 1},         {NS_PER_S, 2, 0},     {1, 1, 1},  {1, 100, 1},
        {3600 * NS_PER_S, 10, 1}, {NS_PER_MS, 1000, 1}, {7, 13, 0}, {86400 * NS_PER_S, 1000, 1},
        {60 * NS_PER_S, 5000, 1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t key = key_of(i), interval = rows[i].interval_ns, remaining;

        for (uint64_t n = rows[i].burst; n-- > 0;) {
            cr_assert(limit_take(shm, SHARE, key, &rows[i], start_ns, &remaining) == 0, "row %zu",
                      i);
            cr_assert(remaining == n, "row %zu", i);
        }
        cr_expect(limit_take(shm, SHARE, key, &rows[i], start_ns, &remaining) == interval);
        cr_expect(limit_take(shm, SHARE, key, &rows[i], start_ns + interval - 1, &remaining) == 1);
        cr_expect(limit_take(shm, SHARE, key, &rows[i], start_ns + interval, &remaining) == 0);
        cr_expect(remaining == 0 && limit_take(shm, SHARE, key, &rows[i], start_ns + interval,
                                               &remaining) == interval);
    }
}

Test(limit, tells_keys_apart)
{
    static const struct limit_policy policy = {.interval_ns = NS_PER_S, .burst = 2};
    static const uint64_t keys[] = {1,
                                    2,
                                    UINT64_MAX,
                                    UINT64_MAX - 1,
                                    UINT64_C(1) << 63,
                                    SHM_LIMITS,
                                    2 * SHM_LIMITS,
                                    SHM_LIMITS / SHM_LIMIT_WAYS};
    enum { COUNT = sizeof(keys) / sizeof(*keys) };
    uint64_t remaining;

    cr_expect(limit_used_by(shm, SHARE, start_ns) == 0);
    for (unsigned i = 0; i < COUNT; i++) {
        cr_expect(limit_take(shm, SHARE, keys[i], &policy, start_ns, &remaining) == 0 &&
                  remaining == 1);
        cr_expect(limit_used_by(shm, SHARE, start_ns) == i + 1);
    }
    for (unsigned i = 0; i < COUNT; i++)
        cr_expect(limit_take(shm, SHARE, keys[i], &policy, start_ns, &remaining) == 0 &&
                  remaining == 0);
    for (unsigned i = 0; i < COUNT; i++)
        cr_expect(limit_take(shm, SHARE, keys[i], &policy, start_ns, &remaining) == NS_PER_S);
    cr_expect(limit_used_by(shm, SHARE, start_ns + 2 * NS_PER_S - 1) == COUNT);
    cr_expect(limit_used_by(shm, SHARE, start_ns + 2 * NS_PER_S) == 0,
              "all have their full burst again");
}

enum { FLOOD = 4 * SHM_LIMITS, DEBTOR = 1 << 30 };

/* New clients are served at once, however full the table is, and whoever owes most is kept: a flood
 * of made-up clients must not wash away the limit of the one who makes them up. */
Test(limit, makes_room_where_least_is_lost)
{
    static const struct limit_policy policy = {.interval_ns = 10 * NS_PER_S, .burst = 5};
    uint64_t remaining = 0;

    for (uint64_t k = 0; k < 20; k++)
        for (uint64_t i = 0; i < policy.burst; i++)
            cr_assert(limit_take(shm, SHARE, key_of(DEBTOR + k), &policy, start_ns, &remaining) ==
                      0);
    for (uint64_t i = 0; i < FLOOD; i++) {
        cr_assert(limit_take(shm, SHARE, key_of(i), &policy, start_ns, &remaining) == 0);
        cr_assert(remaining == 4, "number %lu inherits a debt", (unsigned long)i);
    }
    for (uint64_t k = 0; k < 20; k++)
        cr_expect(limit_take(shm, SHARE, key_of(DEBTOR + k), &policy, start_ns, &remaining) ==
                  policy.interval_ns);
    cr_expect(limit_used_by(shm, SHARE, start_ns) == SHM_LIMITS);
}

/* Whoever is past its time makes room before anyone who owes. */
Test(limit, makes_room_of_the_past_first)
{
    static const struct limit_policy policy = {.interval_ns = 10 * NS_PER_S, .burst = 5};
    uint64_t later = start_ns + 60 * NS_PER_S, remaining;

    for (uint64_t i = 0; i < FLOOD; i++)
        limit_take(shm, SHARE, key_of(i), &policy, start_ns, &remaining);
    cr_expect(limit_used_by(shm, SHARE, later) == 0);
    for (uint64_t i = 0; i < 1000; i++)
        cr_expect(limit_take(shm, SHARE, key_of(DEBTOR + i), &policy, later, &remaining) == 0);
    cr_expect(limit_used_by(shm, SHARE, later) == 1000);
    for (uint64_t i = 0; i < 1000; i++)
        cr_expect(limit_take(shm, SHARE, key_of(DEBTOR + i), &policy, later, &remaining) == 0 &&
                  remaining == 3);
}

enum { RACERS = 2, ROUNDS = 60000, TAKES = 5, RIVALS = 40 };

/* What the racers share: the round that each may start, and what each was let through. */
struct race {
    _Atomic uint32_t ready;
    uint32_t allowed[ROUNDS][RACERS];
};

/* The key of a round: new to all, always the same, or one of those that share a set. */
typedef uint64_t (*key_fn)(uint32_t round, unsigned racer);

static uint64_t rivals[RIVALS];

static uint64_t new_key(uint32_t round, unsigned racer)
{
    (void)racer;
    return key_of(round);
}

static uint64_t old_key(uint32_t round, unsigned racer)
{
    (void)round, (void)racer;
    return key_of(0);
}

static uint64_t rival_key(uint32_t round, unsigned racer)
{
    return rivals[(round * RACERS + racer) % RIVALS];
}

/* Each round, all take at the same time: one round a day, or all of them now. */
static void run_race(struct race *race, unsigned racer, key_fn key, bool is_daily,
                     const struct limit_policy *policy)
{
    cpu_set_t cpus;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    srand((unsigned)getpid());
    CPU_ZERO(&cpus);
    CPU_SET(racer, &cpus);
    sched_setaffinity(0, sizeof(cpus), &cpus); /* where there are as many; else let them be */
    for (uint32_t round = 0; round < ROUNDS; round++) {
        uint64_t day = is_daily ? round + 1 : 0, now_ns = start_ns + day * 86400 * NS_PER_S,
                 remaining;

        race->ready++;
        for (int spins = 0; race->ready < (round + 1) * RACERS; spins++)
            if (spins % 1000 == 999)
                sched_yield();
        for (volatile int late = rand() % 64; late > 0; late--)
            ; /* now the one is first, now the other */
        for (int i = 0; i < TAKES; i++)
            if (limit_take(shm, SHARE, key(round, racer), policy, now_ns, &remaining) == 0)
                race->allowed[round][racer]++;
    }
    _exit(0);
}

static struct race *race_run(key_fn key, bool is_daily, const struct limit_policy *policy)
{
    struct race *race =
        mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;

    cr_assert(race != MAP_FAILED);
    for (unsigned i = 0; i < RACERS; i++)
        if (fork() == 0)
            run_race(race, i, key, is_daily, policy);
    while (wait(&status) > 0)
        cr_expect(status == 0);
    return race;
}

/* The first requests of a client come at once, on several workers. */
Test(limit, is_exact_among_workers)
{
    for (uint64_t burst = 1; burst <= TAKES; burst += 4) {
        const struct limit_policy policy = {.interval_ns = 3600 * NS_PER_S, .burst = burst};
        struct race *race = race_run(new_key, true, &policy);
        unsigned wrong = 0;

        for (int round = 0; round < ROUNDS; round++)
            wrong += race->allowed[round][0] + race->allowed[round][1] != burst;
        cr_expect(wrong == 0, "burst %lu: %u of %d clients", (unsigned long)burst, wrong, ROUNDS);
        munmap(race, sizeof(*race));
        shm_tear_down();
        shm_set_up();
    }
}

/* Finds keys that live in the same SHM_LIMIT_WAYS places. */
static void find_rivals(const struct limit_policy *policy)
{
    const struct shm_limit *ways = shm->shares[SHARE].limits;
    uint64_t remaining;
    int count = 0;

    limit_take(shm, SHARE, key_of(0), policy, start_ns, &remaining);
    while (ways->key != key_of(0))
        ways++;
    ways -= (ways - shm->shares[SHARE].limits) % SHM_LIMIT_WAYS;
    for (uint64_t n = 1; count < RIVALS; n++) {
        limit_take(shm, SHARE, key_of(n), policy, start_ns, &remaining);
        for (int i = 0; i < SHM_LIMIT_WAYS && count < RIVALS; i++)
            if (ways[i].key == key_of(n))
                rivals[count++] = key_of(n);
    }
}

/* New clients who want the same place within some ns may pay for each other, or be forgotten once;
 * that is all. */
Test(limit, gives_no_rival_two_bursts)
{
    static const struct limit_policy policy = {.interval_ns = 3600 * NS_PER_S, .burst = 3};
    struct race *race;

    find_rivals(&policy);
    race = race_run(rival_key, true, &policy);
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t one = race->allowed[round][0], two = race->allowed[round][1];

        cr_expect(one < 2 * policy.burst && two < 2 * policy.burst && one + two > 0,
                  "round %d: %u and %u", round, one, two);
    }
    munmap(race, sizeof(*race));
}

Test(limit, counts_each_request_of_one_client)
{
    static const struct limit_policy policy = {.interval_ns = NS_PER_S, .burst = 100000};
    struct race *race = race_run(old_key, false, &policy);
    uint64_t remaining, allowed = 0;

    for (int round = 0; round < ROUNDS; round++)
        allowed += race->allowed[round][0] + race->allowed[round][1];
    cr_expect(allowed == policy.burst, "%lu", (unsigned long)allowed);
    cr_expect(limit_take(shm, SHARE, key_of(0), &policy, start_ns, &remaining) == NS_PER_S);
    cr_expect(limit_take(shm, SHARE, key_of(0), &policy, start_ns + NS_PER_S, &remaining) == 0);
    munmap(race, sizeof(*race));
}

Test(limit, counts_a_request_for_several)
{
    static const struct limit_policy policy = {NS_PER_S, 10, 4};
    uint64_t remaining;

    cr_expect(limit_take(shm, SHARE, 7, &policy, start_ns, &remaining) == 0 && remaining == 6);
    cr_expect(limit_take(shm, SHARE, 7, &policy, start_ns, &remaining) == 0 && remaining == 2);
    cr_expect(limit_take(shm, SHARE, 7, &policy, start_ns, &remaining) == 2 * NS_PER_S);
    cr_expect(limit_take(shm, SHARE, 7, &policy, start_ns + 2 * NS_PER_S, &remaining) == 0);
}

Test(limit, gives_back_and_forgets)
{
    static const struct limit_policy policy = {NS_PER_S, 2, 1};
    uint64_t remaining;

    limit_give_back(shm, SHARE, 9, &policy); /* of nobody */
    limit_take(shm, SHARE, 9, &policy, start_ns, &remaining);
    limit_take(shm, SHARE, 9, &policy, start_ns, &remaining);
    limit_give_back(shm, SHARE, 9, &policy);
    cr_expect(limit_take(shm, SHARE, 9, &policy, start_ns, &remaining) == 0 && remaining == 0);
    cr_expect(limit_take(shm, SHARE, 9, &policy, start_ns, &remaining) > 0);
    cr_expect(limit_forget(shm, SHARE, 9) && !limit_forget(shm, SHARE, 10));
    cr_expect(limit_take(shm, SHARE, 9, &policy, start_ns, &remaining) == 0 && remaining == 1);
}

/* What was taken may be forgotten before it is given back, even when the machine has just started:
 * a debt of centuries would be the result. */
Test(limit, gives_back_no_more_than_there_is)
{
    static const struct limit_policy policy = {3600 * NS_PER_S, 2, 1};
    uint64_t soon = NS_PER_S, remaining;

    limit_take(shm, SHARE, 9, &policy, soon, &remaining);
    limit_forget(shm, SHARE, 9);
    limit_give_back(shm, SHARE, 9, &policy);
    cr_expect(limit_take(shm, SHARE, 9, &policy, soon, &remaining) == 0 && remaining == 1);
    cr_expect(limit_take(shm, SHARE, 9, &policy, soon, &remaining) == 0 && remaining == 0);
    cr_expect(limit_take(shm, SHARE, 9, &policy, soon, &remaining) == 3600 * NS_PER_S);
}

Test(limit, says_how_long_without_taking)
{
    static const struct limit_policy policy = {NS_PER_S, 2, 1};
    uint64_t remaining;

    cr_expect(limit_wait(shm, SHARE, 9, &policy, start_ns) == 0);
    limit_take(shm, SHARE, 9, &policy, start_ns, &remaining);
    cr_expect(limit_wait(shm, SHARE, 9, &policy, start_ns) == 0);
    cr_expect(limit_take(shm, SHARE, 9, &policy, start_ns, &remaining) == 0);
    cr_expect(limit_wait(shm, SHARE, 9, &policy, start_ns) == NS_PER_S);
    cr_expect(limit_wait(shm, SHARE, 9, &policy, start_ns) == NS_PER_S);
    cr_expect(limit_wait(shm, SHARE, 9, &policy, start_ns + NS_PER_S) == 0);
}

Test(limit, knows_names)
{
    static const struct limit_policy policy = {NS_PER_S, 2, 1};
    int a = limit_enter(shm, "a"), b = limit_enter(shm, "b");
    uint64_t key = limit_key(shm, "a", SLICE_LIT("ip:192.0.2.1")), remaining;
    struct limit_entry entry;
    uint32_t shown = 0;

    cr_expect(a >= 0 && b >= 0 && a != b && limit_enter(shm, "a") == a, "each once");
    cr_expect(key != limit_key(shm, "b", SLICE_LIT("ip:192.0.2.1")), "keys of two are two");
    limit_take(shm, a, key, &policy, start_ns, &remaining);
    limit_name(shm, a, key, SLICE_LIT("ip:192.0.2.1"));
    limit_name(shm, a, key + 1, SLICE_LIT("nobody"));
    limit_name(shm, b, key, SLICE_LIT("ip:192.0.2.1"));
    for (uint32_t i = 0; i < SHM_LIMITS; i++)
        if (limit_read(shm, a, i, start_ns, &entry)) {
            shown++;
            cr_expect_str_eq(entry.text, "ip:192.0.2.1");
        }
    cr_expect(shown == 1);
    for (uint32_t i = 0; i < SHM_LIMITS; i++)
        cr_expect(!limit_read(shm, b, i, start_ns, &entry), "nor among those of another policy");
    for (uint32_t i = 0; i < SHM_LIMITS; i++)
        if (shm->shares[a].limits[i].key == key)
            shm->shares[a].limits[i].key = key + 1; /* another came; its name is not written yet */
    for (uint32_t i = 0; i < SHM_LIMITS; i++)
        cr_expect(!limit_read(shm, a, i, start_ns, &entry), "no wrong name is shown");
}

/* At the start of a machine too, and whichever worker's clock is read first. */
Test(limit, counts_verdicts_and_logs_one_a_second)
{
    static const struct {
        uint64_t at_ms;
        bool is_logged;
    } rows[] = {{5000, true}, {5000, false}, {5999, false}, {4000, false},
                {6000, true}, {6999, false}, {9000, true},  {8999, false}};
    int place = limit_enter(shm, "a");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(limit_refuse(shm, place, rows[i].at_ms * NS_PER_MS) == rows[i].is_logged,
                  "row %zu", i);
    limit_allow(shm, place);
    limit_allow(shm, LIMIT_UNLISTED);
    cr_expect(!limit_refuse(shm, LIMIT_UNLISTED, 99 * NS_PER_S), "nowhere");
    cr_expect(shm->policies[place].refused == 8 && shm->policies[place].allowed == 1);
}
