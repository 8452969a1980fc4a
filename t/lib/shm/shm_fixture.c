/* SPDX-License-Identifier: MIT */
#include "t/lib/shm/shm_fixture.h"

#include <unistd.h>

#include <criterion/criterion.h>

struct shm *shm;
int shm_fd;

void shm_set_up(void)
{
    cr_assert((shm_fd = shm_create(&shm)) >= 0);
}

void shm_tear_down(void)
{
    shm_detach(&shm);
    close(shm_fd);
}
