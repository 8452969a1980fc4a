/* SPDX-License-Identifier: MIT */
#include "t/lib/shm/shm_fixture.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <criterion/criterion.h>

struct shm *shm;
int shm_fd;

void shm_set_up(void)
{
    cr_assert((shm_fd = shm_create(&shm)) >= 0 && shm);
}

void shm_tear_down(void)
{
    shm_detach(&shm);
    cr_expect(!shm);
    close(shm_fd);
}

pid_t shm_start_process(void (*run)(int), int arg)
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
