/* SPDX-License-Identifier: MIT */
#include "lib/shm/revoked.h"

#include <pthread.h>
#include <sched.h>

#include <criterion/criterion.h>

#include "t/lib/shm_fixture.h"

TestSuite(revoked, .init = shm_set_up, .fini = shm_tear_down);

Test(revoked, what_was_added_is_there)
{
    for (uint64_t key = 1; key <= 5000; key++)
        revoked_add(shm, key * 7919, 1600, 1000);
    for (uint64_t key = 1; key <= 5000; key++)
        cr_expect(revoked_has(shm, key * 7919, 1001));
    cr_expect(!revoked_has(shm, 3, 1001));
}

/* Keys of one set. */
static uint64_t nth(uint64_t n)
{
    return 5 + n * SHM_REVOKED_SETS;
}

Test(revoked, those_that_are_over_make_room)
{
    for (uint64_t n = 0; n < 100; n++)
        revoked_add(shm, nth(n), 1000 + n, 1000 + n); /* over one second later */
    cr_expect(revoked_has(shm, nth(99), 1099));
    cr_expect(!revoked_has(shm, nth(200), 1001), "no token of another is refused for it");
}

Test(revoked, a_full_set_fails_closed)
{
    for (uint64_t n = 0; n <= SHM_REVOKED_WAYS; n++)
        revoked_add(shm, nth(n), 5000 + n, 1000);
    for (uint64_t n = 0; n <= SHM_REVOKED_WAYS; n++)
        cr_expect(revoked_has(shm, nth(n), 1000), "%lu", n);
    cr_expect(revoked_has(shm, nth(50), 1000), "one of the same set, made before");
    cr_expect(!revoked_has(shm, nth(50), 1001), "one made after");
    cr_expect(!revoked_has(shm, nth(50) + 1, 900), "one of another set");
}

Test(revoked, again_is_the_same_place)
{
    for (int i = 0; i < 100; i++)
        revoked_add(shm, nth(1), 2000, 1000);
    for (uint64_t n = 2; n <= SHM_REVOKED_WAYS; n++)
        revoked_add(shm, nth(n), 2000, 1000);
    cr_expect(!revoked_has(shm, nth(50), 1000));
}

Test(revoked, what_counts_once_is_taken_once)
{
    cr_expect(revoked_take(shm, 7, 1000, 1600, 1000));
    cr_expect(!revoked_take(shm, 7, 1000, 1600, 1000));
    cr_expect(revoked_take(shm, 8, 1000, 1600, 1000));
    cr_expect(revoked_has(shm, 7, 1001));
    for (uint64_t n = 0; n <= SHM_REVOKED_WAYS; n++)
        revoked_add(shm, nth(n), 5000 + n, 1000);
    cr_expect(!revoked_take(shm, nth(50), 1000, 5000, 1000), "a full set fails closed");
}

enum { ROUNDS = 50000 };
static _Atomic int arrived, taken[ROUNDS];

/* Both begin each round at once. */
static void *take_all(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        arrived++;
        for (int spins = 1; arrived < 2 * (i + 1); spins++)
            if (spins % 1000 == 0)
                sched_yield();
        taken[i] += revoked_take(shm, (uint64_t)i + 1, 1000, 1600, 1000);
    }
    return NULL;
}

Test(revoked, of_two_at_once_one_has_it_at_most)
{
    pthread_t other;
    int had = 0;

    cr_assert(pthread_create(&other, NULL, take_all, NULL) == 0);
    take_all(NULL);
    pthread_join(other, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        cr_expect(taken[i] <= 1, "%d", i);
        had += taken[i];
    }
    cr_expect(had > 0, "and now and then somebody has");
}
