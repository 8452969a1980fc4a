/* SPDX-License-Identifier: MIT */
/* Records what a worker is doing now, readable even while it hangs. The worker's loop is the only
 * writer. Readers may see a request that is just starting or ending, but the mask that lists
 * requests is never torn. */
#ifndef LEAT_SHM_ACTIVITY_H
#define LEAT_SHM_ACTIVITY_H

#include <stdbool.h>

#include "lib/shm/layout.h"

/* A copy of an entry, for display. */
struct activity {
    uint64_t started_ns;
    int operation; /* index, -1 if unknown */
    enum shm_phase phase;
    char client[SHM_TEXT], id[SHM_TEXT];
};

/* Claims an entry of the worker for a request of `client` and returns it, or -1 if all are in use.
 * The functions below take what it returned, but not -1. */
int activity_take(struct shm *shm, int slot, uint64_t started_ns, const char *client);
/* Sets the operation (an index, or -1 for none), the request id, and the client, unless it is NULL
 * (has not changed). */
void activity_name(struct shm *shm, int slot, int entry, int operation, const char *client,
                   const char *id);
void activity_set_phase(struct shm *shm, int slot, int entry, enum shm_phase phase);
void activity_release(struct shm *shm, int slot, int entry);
/* Copies entry number `entry` (0 … SHM_REQUESTS - 1). Returns false if it is free. */
bool activity_read(struct shm *shm, int slot, int entry, struct activity *out);
/* Copies the request that the loop is running now, otherwise the oldest one. Returns false if there
 * is none. */
bool activity_suspect(struct shm *shm, int slot, struct activity *out);
const char *activity_phase_name(enum shm_phase phase);

#endif
