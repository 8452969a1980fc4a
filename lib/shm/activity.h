/* SPDX-License-Identifier: MIT */
/* What a worker is doing now, readable while it hangs. One writer (the worker's loop), any number
 * of readers, who may see a request that is just coming or going, but never a torn mask. */
#ifndef LEAT_SHM_ACTIVITY_H
#define LEAT_SHM_ACTIVITY_H

#include <stdbool.h>

#include "lib/shm/layout.h"

/* A copy for people. */
struct activity {
    uint64_t started_ns;
    int operation; /* index, -1: not known */
    enum shm_phase phase;
    char client[SHM_TEXT], id[SHM_TEXT];
};

/* An entry is what activity_take() returned, but for -1, which no other function takes.
 * Claims an entry of the worker for a request of `client`; -1 if all are in use. */
int activity_take(struct shm *shm, int slot, uint64_t started_ns, const char *client);
/* Its operation (index, -1: none), the client if it is another (else NULL), and its id. */
void activity_name(struct shm *shm, int slot, int entry, int operation, const char *client,
                   const char *id);
void activity_set_phase(struct shm *shm, int slot, int entry, enum shm_phase phase);
void activity_release(struct shm *shm, int slot, int entry);
/* Copies entry number `entry` (0 … SHM_REQUESTS - 1); false if it is free. */
bool activity_read(struct shm *shm, int slot, int entry, struct activity *out);
/* What the loop runs now, else what has run longest; false if there is nothing. */
bool activity_suspect(struct shm *shm, int slot, struct activity *out);
const char *activity_phase_name(enum shm_phase phase);

#endif
