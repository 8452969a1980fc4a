/* SPDX-License-Identifier: MIT */
/* Creates shared memory of its own for each test. */
#ifndef LEAT_T_SHM_FIXTURE_H
#define LEAT_T_SHM_FIXTURE_H

#include "lib/shm/shm.h"

extern struct shm *shm;
extern int shm_fd;

void shm_set_up(void);
void shm_tear_down(void);

#endif
