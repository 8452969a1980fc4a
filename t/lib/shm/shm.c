/* SPDX-License-Identifier: MIT */
#include "lib/shm/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/core/system/memfd.h"
#include "lib/shm/activity.h"
#include "lib/shm/ban.h"
#include "lib/shm/limit.h"
#include "lib/shm/stats.h"
#include "t/lib/shm/shm_fixture.h"

static struct shm_slots own;

TestSuite(shm, .init = shm_set_up, .fini = shm_tear_down, .timeout = 60);

Test(shm, is_shared)
{
    struct shm *again = shm_attach(shm_fd);

    cr_assert(again && again != shm);
    cr_expect(fcntl(shm_fd, F_GETFD) & FD_CLOEXEC);
    cr_expect(again->magic == SHM_MAGIC && again->version == SHM_VERSION &&
              again->size == sizeof(struct shm));
    atomic_fetch_add(&again->writer.commits, 3);
    cr_expect(atomic_load(&shm->writer.commits) == 3);
    shm_detach(&again);
    cr_expect(!again);
    shm_detach(&again);
}

/* A copy of the segment, `more` bytes longer. */
static int copy_segment(off_t more)
{
    int other = memfd_new("unit");

    cr_assert(other >= 0 && write(other, shm, 1 << 20) == 1 << 20);
    cr_assert(ftruncate(other, (off_t)sizeof(struct shm) + more) == 0);
    for (size_t i = 0; i < sizeof(struct shm) / sizeof(uint64_t); i++) {
        uint64_t word = ((const uint64_t *)(const void *)shm)[i];

        if (word && i >= (1 << 20) / sizeof(word))
            cr_assert(pwrite(other, &word, sizeof(word), (off_t)(i * sizeof(word))) == 8);
    }
    return other;
}

static bool can_attach(int other)
{
    struct shm *found = shm_attach(other);
    bool ok = found;

    shm_detach(&found);
    close(other);
    return ok;
}

Test(shm, refuses_another_size)
{
    cr_expect(can_attach(copy_segment(0)));
    cr_expect(!can_attach(copy_segment(4096)));
    cr_expect(!can_attach(copy_segment(-4096)));
    cr_expect(!can_attach(-1));
}

Test(shm, refuses_another_layout_and_what_is_damaged)
{
    static const struct {
        size_t at, size;
    } rows[] = {
        {offsetof(struct shm, magic), 8},
        {offsetof(struct shm, version), 4},
        {offsetof(struct shm, size), 4},
        {offsetof(struct shm, writer.lock.__data.__kind), 4},
        {offsetof(struct shm, writer.is_broken), 4},
        {offsetof(struct shm, before_slots), 8},
        {offsetof(struct shm, before_operations), 8},
        {offsetof(struct shm, before_limits), 8},
        {offsetof(struct shm, before_epochs), 8},
        {offsetof(struct shm, end), 8},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t k = 0; k < rows[i].size; k++) {
            char *byte = (char *)shm + rows[i].at + k;

            cr_assert(shm_is_whole(shm));
            *byte ^= 1;
            cr_expect(!shm_is_whole(shm), "row %zu, byte %zu", i, k);
            if (k == 0)
                cr_expect(!shm_attach(shm_fd), "row %zu", i);
            *byte ^= 1;
        }
    memset(shm, 0xff, sizeof(*shm));
    cr_expect(!shm_is_whole(shm));
}

Test(shm, keeps_its_size)
{
    int unsealable = memfd_create("unit", MFD_CLOEXEC), writable = open("/dev/null", O_RDWR);
    char path[64];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", shm_fd);
    cr_expect(ftruncate(shm_fd, 4096) < 0 && errno == EPERM, "it cannot be shrunk");
    cr_expect(ftruncate(shm_fd, (off_t)sizeof(struct shm) + 4096) < 0 && errno == EPERM,
              "nor grown");
    cr_expect(truncate(path, 0) < 0 && errno == EPERM, "nor by another way");
    cr_expect(fcntl(shm_fd, F_ADD_SEALS, F_SEAL_WRITE) < 0 && errno == EPERM, "nor sealed further");
    cr_assert(ftruncate(unsealable, sizeof(struct shm)) == 0);
    cr_expect(!shm_attach(unsealable), "what has no seals is not mapped");
    close(unsealable);
    close(writable);
}

/* A worker may write any word of it while another process reads. */
Test(shm, reads_texts_without_an_end)
{
    struct stats_names names;
    struct activity a;
    struct limit_entry entry;
    char policy[SHM_POLICY_NAME], client[SHM_TEXT];
    uint64_t until_ns;

    memset(shm, 'x', offsetof(struct shm, shares[1])); /* the other shares are much alike */
    memset(shm->bans, 'x', sizeof(shm->bans));
    for (int i = 0; i < SHM_OPERATIONS; i += 1000) {
        stats_read_names(shm, i, &names);
        cr_expect(strlen(names.method) == sizeof(names.method) - 1 &&
                  strlen(names.route) == sizeof(names.route) - 1 &&
                  strlen(names.id) == sizeof(names.id) - 1);
    }
    cr_expect(activity_suspect(shm, SHM_SLOTS - 1, &a) && strlen(a.id) == SHM_TEXT - 1 &&
              strlen(a.client) == SHM_TEXT - 1 && a.operation < SHM_OPERATIONS);
    cr_expect_str_neq(activity_phase_name(a.phase), "");
    cr_expect(limit_read_policy(shm, SHM_POLICIES - 1, policy) &&
              strlen(policy) == SHM_POLICY_NAME - 1);
    for (uint32_t i = 0; i < SHM_LIMITS; i++)
        cr_expect(!limit_read(shm, 0, i, 1, &entry) || strlen(entry.text) < SHM_TEXT);
    cr_expect(ban_read(shm, SHM_BANS - 1, 1, client, &until_ns) && strlen(client) == SHM_TEXT - 1);
}

/* All slots look taken: those that this master has not given out are free all the same. */
Test(shm, hands_out_slots_whatever_workers_write)
{
    for (int i = 0; i < SHM_SLOTS; i++)
        shm->slots[i].generation = UINT32_MAX;
    for (int i = 0; i < SHM_SLOTS; i++)
        cr_assert(shm_slot_take(shm, &own, 7) == i && shm->slots[i].generation == 7);
    memset(shm->slots, 0, sizeof(shm->slots));
    cr_expect(shm_slot_take(shm, &own, 7) == -1, "and none is given out twice");
}

Test(shm, keeps_apart_what_several_write)
{
    cr_expect(offsetof(struct shm, slots) % 128 == 0 && sizeof(struct shm_slot) % 128 == 0);
    cr_expect(offsetof(struct shm, stripes) % 64 == 0 && sizeof(struct shm_stripe) % 64 == 0);
    cr_expect(offsetof(struct shm_writer, commits) % 64 == 0);
    cr_expect(atomic_is_lock_free(&shm->writer.commits));
}

Test(shm, costs_what_is_touched)
{
    struct stat st;

    cr_assert(fstat(shm_fd, &st) == 0);
    cr_expect(st.st_size == sizeof(struct shm));
    cr_expect(st.st_blocks * 512 < 1 << 20, "%ld", (long)st.st_blocks);
}

Test(shm, hands_out_slots)
{
    static bool seen[SHM_SLOTS];

    for (int i = 0; i < SHM_SLOTS; i++) {
        int slot = shm_slot_take(shm, &own, 7);

        cr_assert(slot >= 0 && slot < SHM_SLOTS && !seen[slot]);
        seen[slot] = true;
        cr_assert(shm->slots[slot].generation == 7 && shm->slots[slot].current == -1);
    }
    cr_expect(shm_slot_take(shm, &own, 7) == -1 && shm_slot_take(shm, &own, 8) == -1);
    shm_slot_release(shm, &own, 1234);
    cr_expect(shm_slot_take(shm, &own, 8) == 1234 && shm->slots[1234].generation == 8);
    cr_expect(shm->slots[1233].generation == 7 && shm_slot_take(shm, &own, 8) == -1);
}

/* The next worker must not look hung, busy or like the last one. */
Test(shm, releases_all_but_the_counts)
{
    int slot = shm_slot_take(shm, &own, 7);
    struct shm_slot *s = &shm->slots[slot];

    s->heartbeat_ns = s->busy = UINT64_MAX;
    s->in_flight = s->open_connections = 9;
    s->current = 63;
    for (int i = 0; i < COUNT_COUNT; i++)
        shm_count(s, (enum shm_count)i, (uint64_t)i + 1);
    shm_slot_release(shm, &own, slot);
    cr_expect(s->generation == 0);
    cr_expect(shm_slot_take(shm, &own, 8) == slot);
    cr_expect(s->heartbeat_ns == 0 && s->busy == 0 && s->in_flight == 0 &&
              s->open_connections == 0 && s->current == -1);
    for (int i = 0; i < COUNT_COUNT; i++) {
        shm_count(s, (enum shm_count)i, 1);
        cr_expect(shm_total(shm, (enum shm_count)i) == (uint64_t)i + 2);
    }
}

Test(shm, adds_up_all_slots)
{
    static const int slots[] = {0, 1, 7, 1000, SHM_SLOTS - 1};

    for (int i = 0; i < COUNT_COUNT; i++)
        cr_expect(shm_total(shm, (enum shm_count)i) == 0);
    for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++)
        shm_count(&shm->slots[slots[i]], COUNT_REQUESTS, UINT64_C(1) << (32 + i));
    cr_expect(shm_total(shm, COUNT_REQUESTS) == UINT64_C(31) << 32);
    cr_expect(shm_total(shm, COUNT_CONNECTIONS) == 0);
}

static void take_half(int generation)
{
    shm->writer.commits++;
    while (shm->writer.commits < 2)
        sched_yield();
    for (int i = 0; i < SHM_SLOTS / 2; i++)
        if (shm_slot_take(shm, &own, (uint32_t)generation) < 0)
            _exit(1);
}

/* In a binary upgrade two masters take slots. */
Test(shm, hands_out_a_slot_once)
{
    for (int round = 0; round < 20; round++) {
        int status, count[3] = {0};

        shm->writer.commits = 0;
        shm_start_process(take_half, 1);
        shm_start_process(take_half, 2);
        while (wait(&status) > 0)
            cr_expect(status == 0);
        for (int i = 0; i < SHM_SLOTS; i++) {
            count[shm->slots[i].generation % 3]++;
            shm->slots[i].generation = 0;
        }
        cr_expect(count[1] == SHM_SLOTS / 2 && count[2] == SHM_SLOTS / 2, "round %d", round);
    }
}
