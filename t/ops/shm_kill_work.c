/* SPDX-License-Identifier: MIT */
/* A worker of shm_kill: does all that workers do with the shared memory, without a pause. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/shm/activity.h"
#include "lib/shm/epoch.h"
#include "lib/shm/shm.h"
#include "lib/shm/stats.h"
#include "lib/shm/ticket.h"
#include "t/ops/shm_kill.h"

int enter(unsigned name)
{
    char route[32];

    snprintf(route, sizeof(route), "/items/%u/{id}", name);
    return stats_enter(shm, "GET", route, "item");
}

static void use_stats(int slot)
{
    bool is_new = random_below(2);
    unsigned name = is_new ? LASTING + (unsigned)(elapsed_ms() / NAME_MS % (NAMES_MAX - LASTING))
                           : (unsigned)random_below(LASTING);
    int operation = enter(name), known = 0;

    if (!atomic_compare_exchange_strong(&ledger->operations[name], &known, operation + 1))
        check(OPERATIONS, known == operation + 1, "name %u is %d and %d", name, known - 1,
              operation);
    if (is_new && random_below(64))
        return;
    stats_record(shm, slot, operation, (int)(100 + random_below(500)), random_below(1000000));
    ledger->recorded++;
}

static void use_limits(void)
{
    uint64_t client = random_below(CLIENTS), remaining, now, epoch;

    if (limit_take(shm, LASTING_POLICY, key_of(client), &lasting, clock_ns(), &remaining) == 0)
        ledger->granted[client]++;
    check(LIMITS, remaining < BURST, "%lu remain", (unsigned long)remaining);
    now = clock_ns(); /* once, as this process may then be held up until the limit recovers */
    epoch = elapsed_ms_at(now) % EPOCHS;
    if (limit_take(shm, NEWCOMERS_POLICY, key_of(CLIENTS + epoch), &newcomers, now, &remaining) ==
        0)
        ledger->newcomer[epoch]++;
}

/* Uses epochs as authentication.c does, with a number in place of a row. */
static void use_epochs(void)
{
    static const char *const names[ACCOUNTS] = {"ann", "bob", "cid", "dan"};
    static struct {
        uint64_t revoked, epoch;
    } remembered[ACCOUNTS];
    int account = (int)random_below(ACCOUNTS);
    uint32_t place = epoch_place(shm, names[account]);
    uint64_t since, least = ledger->told[account];

    if (epoch_is(shm, place, remembered[account].epoch))
        check(REVOKED, remembered[account].revoked >= least, "%s: %lu, not %lu", names[account],
              (unsigned long)remembered[account].revoked, (unsigned long)least);
    since = epoch_begin(shm);
    remembered[account].revoked = ledger->revoked[account];
    remembered[account].epoch = epoch_end(shm, place, since);
    if (random_below(256))
        return;
    least = ledger->revoked[account]++ + 1;
    for (volatile uint64_t i = random_below(100000); i > 0; i--)
        ; /* the time from the commit to the loop */
    epoch_advance(shm, names[account]);
    tell(account, least);
}

static void use_tickets(void)
{
    struct shm_ticket newest, found;
    bool is_newest;

    check(TICKETS,
          ticket_newest(shm, &newest) && ticket_find(shm, newest.name, &found, &is_newest) &&
              memcmp(&newest, &found, sizeof(found)) == 0,
          "the newest is not found");
}

void use_writer(uint64_t timeout_ns)
{
    bool recovered = true;

    if (!shm_writer_lock(shm, NULL, clock_ns() + timeout_ns, &recovered)) {
        check(LOCK, false, "no lock within %lu ms", (unsigned long)(timeout_ns / NS_PER_MS));
        return;
    }
    check(COMMITS, recovered || ledger->left == ledger->right, "the last one died unnoticed");
    check(COMMITS, shm->writer.holder == (uint32_t)getpid(), "the holder is another");
    ledger->left++;
    shm->writer.commits = shm->writer.commits + 1; /* deliberately not atomic */
    ledger->committed++;
    for (volatile uint64_t i = random_below(1000); i > 0; i--)
        ; /* a transaction */
    ledger->right = ledger->left;
    shm_writer_unlock(shm);
}

void work(int slot)
{
    struct shm_slot *s = &shm->slots[slot];
    int entries[SHM_REQUESTS];

    random_seed();
    for (;;) {
        int held = 0, want = (int)random_below(8);

        for (; held < want; held++) {
            entries[held] = activity_take(shm, slot, clock_ns(), "10.0.0.1");
            check(ACTIVITY, entries[held] >= 0, "no entry for number %d", held);
            s->current = entries[held];
            activity_name(shm, slot, entries[held], 0, NULL, "id");
            activity_set_phase(shm, slot, entries[held], SHM_HANDLE);
        }
        s->heartbeat_ns = clock_ns();
        use_stats(slot);
        shm_count(s, COUNT_REQUESTS, 1);
        ledger->counted++;
        use_limits();
        use_epochs();
        use_tickets();
        if (random_below(4) == 0)
            use_writer(20 * NS_PER_S);
        s->current = -1;
        while (held)
            activity_release(shm, slot, entries[--held]);
    }
}
