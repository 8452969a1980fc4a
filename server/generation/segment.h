/* SPDX-License-Identifier: MIT */
/* A segment of shared memory, with a count of the generations that use it, and the slots that this
 * master has assigned. */
#ifndef LEAT_SERVER_GENERATION_SEGMENT_H
#define LEAT_SERVER_GENERATION_SEGMENT_H

#include <stdbool.h>

#include "lib/shm/shm.h"

struct segment {
    struct shm *shm;
    int fd; /* inherited by workers */
    struct shm_slots own;
    unsigned users;
};

/* Creates one with a single reference, the caller's. On failure returns NULL and sets errno. */
struct segment *segment_new(void);
/* Maps the segment of an older master. Takes `fd`. Returns NULL if it has another layout, or is
 * damaged. */
struct segment *segment_adopt(int fd);
/* Adds a reference. */
struct segment *segment_keep(struct segment *s);
/* Drops a reference; the last one unmaps the segment. Nulls the pointer. */
void segment_release(struct segment **s);

#endif
