/* SPDX-License-Identifier: MIT */
/* The segment itself, the workers' slots, and the lock of the one writer; layout.h draws it. */
#ifndef LEAT_SHM_SHM_H
#define LEAT_SHM_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/shm/layout.h"

/* Which slots a master has given out, in memory of its own; zero: none. */
struct shm_slots {
    bool is_taken[SHM_SLOTS];
};

/* Makes the segment, whose size nobody can change. Returns its descriptor (close-on-exec) and maps
 * it into *out; -1 and errno. */
int shm_create(struct shm **out);
/* Maps the segment that another process made; NULL if it is not one of this layout, or damaged, or
 * somebody could still change its size. */
struct shm *shm_attach(int fd);
void shm_detach(struct shm **shm);
/* Whether it is what shm_create() made of it, as far as that can be seen: fences, header and the
 * kind of the writer's lock. For masters, which make another one otherwise. */
bool shm_is_whole(const struct shm *shm);
/* Copies a text that a worker may be writing just now: terminated, whatever stands there. */
static inline void shm_read_text(char *to, const char *from, size_t size)
{
    memcpy(to, from, size);
    to[size - 1] = '\0';
}

/* Claims a slot for a worker of `generation`, which is not 0; -1 if all are `own`. Masters only. In
 * an upgrade another master has slots too: those that look taken come last. */
int shm_slot_take(struct shm *shm, struct shm_slots *own, uint32_t generation);
/* Frees the slot; its counts stay. Masters only, after the worker is gone. */
void shm_slot_release(struct shm *shm, struct shm_slots *own, int slot);

/* Adds to a worker's count. */
static inline void shm_count(struct shm_slot *slot, enum shm_count count, uint64_t n)
{
    atomic_fetch_add_explicit(&slot->counts[count], n, memory_order_relaxed);
}

/* The count of all workers that ever were. */
uint64_t shm_total(struct shm *shm, enum shm_count count);

/* Locks the one writer, until `deadline_ns` (clock_ns()); false past it. *recovered is set where
 * the last holder died with the lock: SQLite's file locks may outlive it for some ms. */
bool shm_writer_lock(struct shm *shm, uint64_t deadline_ns, bool *recovered);
void shm_writer_unlock(struct shm *shm);

#endif
