/* SPDX-License-Identifier: MIT */
/* The lock of the single writer: one at a time, in turn, and whatever its holder dies of. */
#include "lib/shm/shm.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/clock.h"
#include "t/lib/shm/shm_fixture.h"

TestSuite(shm_lock, .init = shm_set_up, .fini = shm_tear_down, .timeout = 60);

static bool lock_within_s(uint64_t seconds, bool *recovered)
{
    return shm_writer_lock(shm, NULL, clock_ns() + seconds * NS_PER_S, recovered);
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

/* A worker that leaves the lock broken is reported. */
Test(shm_lock, says_when_the_lock_is_broken)
{
    bool recovered;

    shm->writer.lock.__data.__owner = INT_MAX - 1; /* glibc: not recoverable */
    cr_expect(!lock_within_s(1, &recovered) && shm->writer.is_broken && !shm_is_whole(shm));
}

static void fail_to_lock(int unused)
{
    uint64_t at = clock_ns();
    bool recovered = true, late, past;

    (void)unused;
    late = !shm_writer_lock(shm, NULL, at + 100 * NS_PER_MS, &recovered) && !recovered;
    past =
        !shm_writer_lock(shm, NULL, at, &recovered) && !shm_writer_lock(shm, NULL, 0, &recovered);
    _exit(late && past && clock_ns() - at >= 100 * NS_PER_MS ? 7 : 1);
}

Test(shm_lock, locks_one_writer)
{
    bool recovered = true;
    int status;

    cr_assert(lock_within_s(1, &recovered) && !recovered);
    cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
    shm_start_process(fail_to_lock, 0);
    wait(&status);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
    shm_writer_unlock(shm);
    cr_expect(atomic_load(&shm->writer.holder) == 0);
    cr_expect(shm_writer_lock(shm, NULL, UINT64_MAX, &recovered) && !recovered);
    shm_writer_unlock(shm);
}

/* Makes the kernel one that cannot wait for such a lock by the monotonic clock (before 5.14). */
static void make_old_kernel(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7f),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_LOCK_PI2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof(code) / sizeof(*code), .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)
        _exit(2);
}

static void fail_to_lock_on_an_old_kernel(int unused)
{
    make_old_kernel();
    fail_to_lock(unused);
}

static void wait_on_an_old_kernel(int unused)
{
    bool recovered;

    (void)unused;
    make_old_kernel();
    _exit(lock_within_s(30, &recovered) && recovered ? 7 : 1);
}

Test(shm_lock, waits_on_old_kernels)
{
    bool recovered;
    int status;
    pid_t pid;

    cr_assert(lock_within_s(1, &recovered));
    shm_start_process(fail_to_lock_on_an_old_kernel, 0);
    wait(&status);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    shm_writer_unlock(shm);
    pid = shm_start_process(die_holding, SIGSTOP);
    waitpid(pid, NULL, WUNTRACED);
    shm_start_process(wait_on_an_old_kernel, 0);
    usleep(200000); /* so that it waits in the kernel, or else soon will */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    wait(&status);
    cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 7);
    cr_expect(!shm->writer.is_broken);
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

Test(shm_lock, waits_without_a_deadline)
{
    bool recovered = true;
    int status;

    shm_start_process(hold_a_while, 1);
    while (shm->writer.commits != 1)
        sched_yield();
    cr_expect(shm_writer_lock(shm, NULL, UINT64_MAX, &recovered) && !recovered);
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

Test(shm_lock, excludes_others)
{
    int status;

    for (int i = 0; i < 4; i++)
        shm_start_process(count_up, 5000);
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

Test(shm_lock, serves_in_turn)
{
    bool recovered;

    cr_assert(lock_within_s(1, &recovered));
    for (int i = 1; i <= 6; i++)
        wait_until_asleep(shm_start_process(append, i));
    shm_writer_unlock(shm);
    append(7);
    while (wait(NULL) > 0)
        ;
    cr_expect(shm->writer.commits == 1234567, "%lu", (unsigned long)shm->writer.commits);
}

Test(shm_lock, recovers_from_a_dead_writer)
{
    static const int signals[] = {0, SIGKILL, SIGTERM};
    bool recovered = false;

    for (size_t i = 0; i < 15; i++) {
        shm_start_process(die_holding, signals[i % 3]);
        wait(NULL);
        cr_assert(lock_within_s(1, &recovered) && recovered);
        cr_expect(atomic_load(&shm->writer.holder) == (uint32_t)getpid());
        shm_writer_unlock(shm);
        cr_assert(lock_within_s(1, &recovered) && !recovered);
        shm_writer_unlock(shm);
    }
}

Test(shm_lock, tells_a_writer_that_hangs_from_a_dead_one)
{
    pid_t pid;

    for (int is_dead = 0; is_dead < 2; is_dead++) {
        pid = shm_start_process(die_holding, SIGSTOP);
        waitpid(pid, NULL, WUNTRACED);
        if (is_dead) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        }
        cr_expect(!shm_writer_hangs(shm), "it has not told of progress yet");
        atomic_store(&shm->writer.alive_ns, 1);
        cr_expect(shm_writer_hangs(shm) == !is_dead);
        cr_expect(is_dead == !atomic_load(&shm->writer.holder), "a dead one is forgotten");
        if (!is_dead) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
            cr_expect(!shm_writer_hangs(shm));
        }
    }
}

Test(shm_lock, wakes_who_waits_for_a_dead_writer)
{
    bool recovered = false;

    for (uint64_t i = 1; i <= 5; i++) {
        shm_start_process(die_holding, SIGKILL);
        while (shm->writer.commits != i)
            sched_yield();
        cr_assert(lock_within_s(10, &recovered) && recovered);
        shm_writer_unlock(shm);
        wait(NULL);
    }
}

Test(shm_lock, recovers_from_one_that_died_recovering)
{
    bool recovered = false;

    for (int i = 0; i < 5; i++) {
        shm_start_process(die_holding, SIGKILL);
        wait(NULL);
    }
    cr_expect(lock_within_s(1, &recovered) && recovered && shm->writer.commits == 5);
    shm_writer_unlock(shm);
    cr_expect(lock_within_s(1, &recovered) && !recovered);
    shm_writer_unlock(shm);
}

Test(shm_lock, outlives_a_dead_waiter)
{
    bool recovered = true;

    cr_assert(lock_within_s(1, &recovered));
    for (int i = 0; i < 5; i++) {
        pid_t pid = shm_start_process(append, 1);

        wait_until_asleep(pid);
        kill(pid, SIGKILL);
        wait(NULL);
    }
    shm_writer_unlock(shm);
    cr_expect(lock_within_s(1, &recovered) && !recovered && shm->writer.commits == 0);
    shm_writer_unlock(shm);
}
