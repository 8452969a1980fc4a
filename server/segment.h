/* SPDX-License-Identifier: MIT */
/* The shared memory of the generations that use it, and which of its slots are this master's. */
#ifndef LEAT_SERVER_SEGMENT_H
#define LEAT_SERVER_SEGMENT_H

#include <stdbool.h>

#include "lib/shm/shm.h"

struct segment {
    struct shm *shm;
    int fd; /* for those who are started with it */
    struct shm_slots own;
    unsigned users;
};

/* Makes a new one; NULL and errno. It has one user, the caller. */
struct segment *segment_new(void);
/* Maps that of an older master. Takes `fd`; NULL: it is of another layout, or damaged. */
struct segment *segment_adopt(int fd);
/* One user more. */
struct segment *segment_keep(struct segment *s);
/* One less: the last one's call unmaps it. Nulls the pointer. */
void segment_release(struct segment **s);

#endif
