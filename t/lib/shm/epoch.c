/* SPDX-License-Identifier: MIT */
#include "lib/shm/epoch.h"

#include <pthread.h>
#include <stdio.h>

#include <criterion/criterion.h>

#include "lib/shm/shm.h"
#include "t/lib/shm/shm_fixture.h"

TestSuite(epoch, .init = shm_set_up, .fini = shm_tear_down, .timeout = 60);

/* Does what a worker does around a query of the database. */
static uint64_t ask(const char *account)
{
    uint64_t since = epoch_begin(shm);

    return epoch_end(shm, epoch_place(shm, account), since);
}

static bool is_fresh(const char *account, uint64_t epoch)
{
    return epoch_is(shm, epoch_place(shm, account), epoch);
}

Test(epoch, an_account_ends_what_is_remembered_of_it)
{
    uint64_t ann = ask("ann");

    cr_expect(is_fresh("ann", ann));
    epoch_advance(shm, "ann");
    cr_expect(!is_fresh("ann", ann));
    cr_expect(is_fresh("ann", ask("ann")), "until it is asked for again");
}

/* However much one account revokes, others are only queried again now and then. */
Test(epoch, one_account_is_one_place)
{
    enum { OTHERS = 1000 };
    uint64_t epochs[OTHERS];
    char name[OTHERS][16];
    int stale = 0;

    for (int i = 0; i < OTHERS; i++) {
        snprintf(name[i], sizeof(name[i]), "user %d", i);
        epochs[i] = ask(name[i]);
    }
    for (int i = 0; i < 100000; i++)
        epoch_advance(shm, "ann");
    for (int i = 0; i < OTHERS; i++)
        stale += !is_fresh(name[i], epochs[i]);
    cr_expect(stale <= 3, "%d of %d", stale, OTHERS); /* the odds of one are 1 in 16384 */
}

Test(epoch, nothing_is_remembered_of_what_changed_meanwhile)
{
    uint64_t since = epoch_begin(shm);

    epoch_advance(shm, "bob"); /* of anybody: whose session it is was not known */
    cr_expect(epoch_end(shm, epoch_place(shm, "ann"), since) == EPOCH_NEVER);
    cr_expect(!is_fresh("ann", EPOCH_NEVER));
}

Test(epoch, a_dead_worker_may_have_revoked_anything)
{
    uint64_t ann = ask("ann"), bob = ask("bob");
    static struct shm_slots own;
    int slot = shm_slot_take(shm, &own, 1);

    shm_slot_release(shm, &own, slot);
    cr_expect(!is_fresh("ann", ann) && !is_fresh("bob", bob));
}

/* A database of one number. A writer commits, advances, and then tells that it has; a reader asks
 * at any moment. Whatever is fresh is at least what was told. */
enum { ROUNDS = 1000000 };
static _Atomic uint64_t database, told;

static void *revoke(void *arg)
{
    (void)arg;
    for (uint64_t n = 1; n <= ROUNDS; n++) {
        database = n;
        epoch_advance(shm, "ann");
        told = n;
        for (volatile uint64_t pause = n % 128; pause > 0; pause--)
            ; /* so that what was remembered wrongly is used */
    }
    return NULL;
}

Test(epoch, what_is_fresh_is_no_older_than_what_was_told)
{
    uint32_t place = epoch_place(shm, "ann");
    uint64_t fresh = 0, wrong = 0;
    pthread_t writer;

    cr_assert(pthread_create(&writer, NULL, revoke, NULL) == 0);
    for (uint64_t n = 0; told < ROUNDS; n++) {
        uint64_t since = epoch_begin(shm), has = database, epoch, least;

        for (volatile uint64_t pause = n % 32; pause > 0; pause--)
            ; /* now the writer is faster, now the reader */
        epoch = epoch_end(shm, place, since);
        for (int i = 0; i < 8; i++) {
            least = told;
            if (!epoch_is(shm, place, epoch))
                break;
            fresh++;
            wrong += has < least;
        }
    }
    pthread_join(writer, NULL);
    cr_expect(wrong == 0, "%lu of %lu", (unsigned long)wrong, (unsigned long)fresh);
    cr_expect(is_fresh("ann", ask("ann")));
}
