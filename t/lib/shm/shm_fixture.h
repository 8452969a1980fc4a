/* SPDX-License-Identifier: MIT */
/* Creates shared memory of its own for each test. */
#ifndef LEAT_T_SHM_FIXTURE_H
#define LEAT_T_SHM_FIXTURE_H

#include <sys/types.h>

#include "lib/shm/shm.h"

extern struct shm *shm;
extern int shm_fd;

void shm_set_up(void);
void shm_tear_down(void);
/* Starts a process that calls run(arg) and ends; it dies with its parent. */
pid_t shm_start_process(void (*run)(int), int arg);

#endif
