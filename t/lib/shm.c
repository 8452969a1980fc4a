/* SPDX-License-Identifier: MIT */
#include "lib/shm/shm.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "lib/core/memfd.h"

static struct shm *shm;
static int fd;

static void set_up(void)
{
    fd = shm_create(&shm);
    cr_assert(fd >= 0 && shm);
}

static void tear_down(void)
{
    shm_detach(&shm);
    cr_expect(!shm);
    close(fd);
}

TestSuite(shm, .init = set_up, .fini = tear_down, .timeout = 60);

static pid_t start(void (*run)(int), int arg)
{
    pid_t pid = fork();

    cr_assert(pid >= 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run(arg);
        _exit(0);
    }
    return pid;
}

static bool lock_within_s(uint64_t seconds, bool *recovered)
{
    return shm_writer_lock(shm, clock_ns() + seconds * NS_PER_S, recovered);
}

Test(shm, is_shared)
{
    struct shm *again = shm_attach(fd);

    cr_assert(again && again != shm);
    cr_expect(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    cr_expect(again->magic == SHM_MAGIC && again->version == SHM_VERSION &&
              again->size == sizeof(struct shm));
    atomic_fetch_add(&again->writer.commits, 3);
    cr_expect(atomic_load(&shm->writer.commits) == 3);
    shm_detach(&again);
    cr_expect(!again);
    shm_detach(&again);
}

Test(shm, refuses_another_layout)
{
    static const struct {
        uint64_t magic;
        uint32_t version;
        off_t more;
        bool is_good;
    } rows[] = {
        {SHM_MAGIC, SHM_VERSION, 0, true},
        {SHM_MAGIC, SHM_VERSION + 1, 0, false},
        {SHM_MAGIC, SHM_VERSION - 1, 0, false},
        {SHM_MAGIC + 1, SHM_VERSION, 0, false},
        {0, 0, 0, false},
        {SHM_MAGIC, SHM_VERSION, 4096, false},
        {SHM_MAGIC, SHM_VERSION, -4096, false},
        {SHM_MAGIC, SHM_VERSION, 24 - (off_t)sizeof(struct shm), false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int other = memfd_new("unit");
        uint64_t head[2] = {rows[i].magic, sizeof(struct shm) << 32 | rows[i].version};
        struct shm *found;

        cr_assert(pwrite(other, head, sizeof(head), 0) == sizeof(head));
        cr_assert(ftruncate(other, (off_t)sizeof(struct shm) + rows[i].more) == 0);
        found = shm_attach(other);
        cr_expect((found != NULL) == rows[i].is_good, "row %zu", i);
        shm_detach(&found);
        close(other);
    }
    cr_expect(!shm_attach(-1));
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

    cr_assert(fstat(fd, &st) == 0);
    cr_expect(st.st_size == sizeof(struct shm));
    cr_expect(st.st_blocks * 512 < 1 << 20, "%ld", (long)st.st_blocks);
}

Test(shm, hands_out_slots)
{
    static bool seen[SHM_SLOTS];

    for (int i = 0; i < SHM_SLOTS; i++) {
        int slot = shm_slot_take(shm, 7);

        cr_assert(slot >= 0 && slot < SHM_SLOTS && !seen[slot]);
        seen[slot] = true;
        cr_assert(shm->slots[slot].generation == 7 && shm->slots[slot].current == -1);
    }
    cr_expect(shm_slot_take(shm, 7) == -1 && shm_slot_take(shm, 8) == -1);
    shm_slot_release(shm, 1234);
    cr_expect(shm_slot_take(shm, 8) == 1234 && shm->slots[1234].generation == 8);
    cr_expect(shm->slots[1233].generation == 7 && shm_slot_take(shm, 8) == -1);
}

/* The next worker must not look hung, busy or like the last one. */
Test(shm, releases_all_but_the_counts)
{
    int slot = shm_slot_take(shm, 7);
    struct shm_slot *s = &shm->slots[slot];

    s->heartbeat_ns = s->busy = UINT64_MAX;
    s->pid = s->in_flight = s->open_connections = 9;
    s->current = 63;
    for (int i = 0; i < COUNT_COUNT; i++)
        shm_count(s, (enum shm_count)i, (uint64_t)i + 1);
    shm_slot_release(shm, slot);
    cr_expect(s->generation == 0 && s->pid == 0);
    cr_expect(shm_slot_take(shm, 8) == slot);
    cr_expect(s->heartbeat_ns == 0 && s->busy == 0 && s->pid == 0 && s->in_flight == 0 &&
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
        if (shm_slot_take(shm, (uint32_t)generation) < 0)
            _exit(1);
}

/* In a binary upgrade two masters take slots. */
Test(shm, hands_out_a_slot_once)
{
    for (int round = 0; round < 20; round++) {
        int status, count[3] = {0};

        shm->writer.commits = 0;
        start(take_half, 1);
        start(take_half, 2);
        while (wait(&status) > 0)
            cr_expect(status == 0);
        for (int i = 0; i < SHM_SLOTS; i++) {
            count[shm->slots[i].generation % 3]++;
            shm_slot_release(shm, i);
        }
        cr_expect(count[1] == SHM_SLOTS / 2 && count[2] == SHM_SLOTS / 2, "round %d", round);
    }
}

static void fail_to_lock(int unused)
{
    uint64_t at = clock_ns();
    bool recovered = true, late, past;

    (void)unused;
    late = !shm_writer_lock(shm, at + 100 * NS_PER_MS, &recovered) && !recovered;
    past = !shm_writer_lock(shm, at, &recovered) && !shm_writer_lock(shm, 0, &recovered);
    _exit(late && past && clock_ns() - at >= 100 * NS_PER_MS ? 7 : 1);
}

Test(shm, locks_one_writer)
{
    bool recovered = true;
    int status;

    cr_assert(lock_within_s(1, &recovered) && !recovered);
    cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
    start(fail_to_lock, 0);
    wait(&status);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
    shm_writer_unlock(shm);
    cr_expect(atomic_load(&shm->writer.holder) == 0);
    cr_expect(shm_writer_lock(shm, UINT64_MAX, &recovered) && !recovered);
    shm_writer_unlock(shm);
}

static void hold_a_while(int commits)
{
    bool recovered;

    if (!lock_within_s(10, &recovered))
        _exit(1);
    shm->writer.commits = (uint64_t)commits;
    usleep(50000);
    shm_writer_unlock(shm);
}

Test(shm, waits_without_a_deadline)
{
    bool recovered = true;
    int status;

    start(hold_a_while, 1);
    while (shm->writer.commits != 1)
        sched_yield();
    cr_expect(shm_writer_lock(shm, UINT64_MAX, &recovered) && !recovered);
    shm_writer_unlock(shm);
    wait(&status);
    cr_expect(status == 0);
}

static void count_up(int times)
{
    bool recovered;

    while (times--) {
        if (!lock_within_s(30, &recovered) || recovered)
            _exit(1);
        shm->writer.commits = shm->writer.commits + 1; /* not atomic, on purpose */
        shm_writer_unlock(shm);
    }
}

Test(shm, excludes_others)
{
    int status;

    for (int i = 0; i < 4; i++)
        start(count_up, 5000);
    while (wait(&status) > 0)
        cr_expect(status == 0);
    cr_expect(shm->writer.commits == 20000, "%lu", (unsigned long)shm->writer.commits);
}

static void append(int digit)
{
    bool recovered;

    if (!lock_within_s(30, &recovered))
        _exit(1);
    shm->writer.commits = shm->writer.commits * 10 + (uint64_t)digit;
    shm_writer_unlock(shm);
}

static void wait_until_asleep(pid_t pid)
{
    char path[64], state = 'R';

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    while (state != 'S') {
        FILE *file = fopen(path, "r");

        cr_assert(file && fscanf(file, "%*d %*s %c", &state) == 1);
        fclose(file);
        sched_yield();
    }
}

Test(shm, serves_in_turn)
{
    bool recovered;

    cr_assert(lock_within_s(1, &recovered));
    for (int i = 1; i <= 6; i++)
        wait_until_asleep(start(append, i));
    shm_writer_unlock(shm);
    append(7);
    while (wait(NULL) > 0)
        ;
    cr_expect(shm->writer.commits == 1234567, "%lu", (unsigned long)shm->writer.commits);
}

/* Dies with the lock: 0 by _exit(), else by the signal. */
static void die_holding(int signal_number)
{
    bool recovered;

    if (!lock_within_s(10, &recovered))
        raise(SIGSTOP);
    shm->writer.commits = shm->writer.commits + 1;
    usleep(20000);
    if (signal_number)
        raise(signal_number);
}

Test(shm, recovers_from_a_dead_writer)
{
    static const int signals[] = {0, SIGKILL, SIGTERM};
    bool recovered = false;

    for (size_t i = 0; i < 15; i++) {
        start(die_holding, signals[i % 3]);
        wait(NULL);
        cr_assert(lock_within_s(1, &recovered) && recovered);
        cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
        shm_writer_unlock(shm);
        cr_assert(lock_within_s(1, &recovered) && !recovered);
        shm_writer_unlock(shm);
    }
}

Test(shm, wakes_who_waits_for_a_dead_writer)
{
    bool recovered = false;

    for (uint64_t i = 1; i <= 5; i++) {
        start(die_holding, SIGKILL);
        while (shm->writer.commits != i)
            sched_yield();
        cr_assert(lock_within_s(10, &recovered) && recovered);
        shm_writer_unlock(shm);
        wait(NULL);
    }
}

Test(shm, recovers_from_one_that_died_recovering)
{
    bool recovered = false;

    for (int i = 0; i < 5; i++) {
        start(die_holding, SIGKILL);
        wait(NULL);
    }
    cr_expect(lock_within_s(1, &recovered) && recovered && shm->writer.commits == 5);
    shm_writer_unlock(shm);
    cr_expect(lock_within_s(1, &recovered) && !recovered);
    shm_writer_unlock(shm);
}

Test(shm, outlives_a_dead_waiter)
{
    bool recovered = true;

    cr_assert(lock_within_s(1, &recovered));
    for (int i = 0; i < 5; i++) {
        pid_t pid = start(append, 1);

        wait_until_asleep(pid);
        kill(pid, SIGKILL);
        wait(NULL);
    }
    shm_writer_unlock(shm);
    cr_expect(lock_within_s(1, &recovered) && !recovered && shm->writer.commits == 0);
    shm_writer_unlock(shm);
}
