/* SPDX-License-Identifier: MIT */
#include "lib/shm/shm.h"

#include <fcntl.h>
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

TestSuite(shm, .init = set_up, .fini = tear_down);

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
    int other = memfd_new("unit");

    cr_expect(!shm_attach(other) && !shm_attach(-1));
    cr_assert(ftruncate(other, sizeof(struct shm)) == 0);
    cr_expect(!shm_attach(other), "no magic");
    close(other);
    shm->version++;
    cr_expect(!shm_attach(fd));
    shm->version--;
    cr_assert(ftruncate(fd, sizeof(struct shm) + 4096) == 0);
    cr_expect(!shm_attach(fd));
}

Test(shm, hands_out_slots)
{
    static int slots[SHM_SLOTS];
    struct shm_counts sum;

    for (int i = 0; i < SHM_SLOTS; i++) {
        slots[i] = shm_slot_take(shm, 7);
        cr_assert(slots[i] >= 0 && slots[i] < SHM_SLOTS && (!i || slots[i] != slots[i - 1]));
        atomic_store(&shm->slots[slots[i]].counts.requests, 2);
    }
    cr_expect(shm_slot_take(shm, 7) == -1);
    sum = shm_counts(shm);
    cr_expect(sum.requests == 2 * SHM_SLOTS);
    atomic_store(&shm->slots[slots[5]].counts.connections, 9);
    atomic_store(&shm->slots[slots[5]].pid, 1);
    shm_slot_release(shm, slots[5]);
    sum = shm_counts(shm);
    cr_expect(sum.requests == 2 * SHM_SLOTS && sum.connections == 9, "the totals only grow");
    cr_expect(shm_slot_take(shm, 8) == slots[5] && atomic_load(&shm->slots[slots[5]].pid) == 0);
    cr_expect(shm->slots[slots[5]].counts.requests == 0 && shm->slots[slots[5]].generation == 8);
}

Test(shm, locks_one_writer, .timeout = 30)
{
    bool recovered = true;
    int status;

    cr_assert(shm_writer_lock(shm, clock_ns() + NS_PER_S, &recovered) && !recovered);
    cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
    if (fork() == 0) {
        uint64_t at = clock_ns();
        bool late = !shm_writer_lock(shm, at + 100 * NS_PER_MS, &recovered);
        bool past = !shm_writer_lock(shm, at, &recovered);
        _exit(late && past && clock_ns() - at >= 100 * NS_PER_MS && clock_ns() - at < 5 * NS_PER_S
                  ? 7
                  : 1);
    }
    wait(&status);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    shm_writer_unlock(shm);
    cr_expect(atomic_load(&shm->writer.holder) == 0);
    cr_expect(shm_writer_lock(shm, clock_ns() + NS_PER_S, &recovered) && !recovered);
    shm_writer_unlock(shm);
}

Test(shm, recovers_from_a_dead_writer, .timeout = 30)
{
    bool recovered = false;

    for (int i = 0; i < 20; i++) {
        if (fork() == 0) {
            bool unused;
            _exit(!shm_writer_lock(shm, clock_ns() + NS_PER_S, &unused)); /* dies with the lock */
        }
        wait(NULL);
        cr_assert(shm_writer_lock(shm, clock_ns() + NS_PER_S, &recovered) && recovered);
        shm_writer_unlock(shm);
        cr_assert(shm_writer_lock(shm, clock_ns() + NS_PER_S, &recovered) && !recovered);
        shm_writer_unlock(shm);
    }
}
