/* SPDX-License-Identifier: MIT */
/* The segment itself, the workers' slots, and the lock of the single writer; layout.h draws the
 * memory. */
#ifndef LEAT_SHM_SHM_H
#define LEAT_SHM_SHM_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "lib/shm/layout.h"

/* The slots that a master has handed out, kept in its own memory; all zero for none. */
struct shm_slots {
    bool is_taken[SHM_SLOTS];
};

#define SHM_WRITER_HANG_NS UINT64_C(10000000000)

/* Creates the segment, with its size sealed, and maps it into *out. Returns its descriptor
 * (close-on-exec), or -1 with errno. */
int shm_create(struct shm **out);
/* Maps a segment that another process created. Returns NULL if it has another layout, is damaged,
 * or its size is not sealed. */
struct shm *shm_attach(int fd);
void shm_detach(struct shm **shm);
/* Returns true if header, fences and the kind of the writer's lock are as shm_create() made them.
 * If not, a master creates a new segment. */
bool shm_is_whole(const struct shm *shm);
/* Copies a text that a worker may be writing at this moment; the copy is always NUL-terminated. */
static inline void shm_read_text(char *to, const char *from, size_t size)
{
    memcpy(to, from, size);
    to[size - 1] = '\0';
}

/* Claims a slot for a worker of `generation`, which is not 0. Returns -1 if `own` holds all. For
 * masters only. During an upgrade another master has slots too; those that look taken are used
 * last. */
int shm_slot_take(struct shm *shm, struct shm_slots *own, uint32_t generation);
/* Frees the slot but keeps its counts. For masters only, after the worker has exited. */
void shm_slot_release(struct shm *shm, struct shm_slots *own, int slot);

/* Returns whether such a slot exists, whoever has it. */
static inline bool shm_is_slot(int slot)
{
    return slot >= 0 && slot < SHM_SLOTS;
}

/* Adds `n` to a worker's counter. */
static inline void shm_count(struct shm_slot *slot, enum shm_count count, uint64_t n)
{
    atomic_fetch_add_explicit(&slot->counts[count], n, memory_order_relaxed);
}

/* Sets what a worker tells about itself now. */
static inline void shm_set_gauge(struct shm_slot *slot, enum shm_gauge gauge, uint64_t value)
{
    atomic_store_explicit(&slot->gauges[gauge], value, memory_order_relaxed);
}
/* Returns the gauge of all present workers, combined as gauges.def says; 0 if there is none. */
uint64_t shm_gauge(const struct shm *shm, enum shm_gauge gauge);
/* Returns the private memory of all present workers, in bytes. */
uint64_t shm_memory(const struct shm *shm);

/* Count a failed request, and a connection that the server closed. */
static inline void shm_count_failed(struct shm *shm, enum reason reason)
{
    atomic_fetch_add_explicit(&shm->reasons.failed[reason], 1, memory_order_relaxed);
}
static inline void shm_count_closed(struct shm *shm, enum reason reason)
{
    atomic_fetch_add_explicit(&shm->reasons.closed[reason], 1, memory_order_relaxed);
}

/* Returns the sum of a counter over all workers, past and present. */
uint64_t shm_total(struct shm *shm, enum shm_count count);

/* Locks the single writer, until `deadline_ns` (clock_ns()). Returns false after that. The slot,
 * which may be NULL, counts its threads that wait. *recovered is set if the last holder died with
 * the lock; SQLite's file locks may outlive it for some milliseconds. */
bool shm_writer_lock(struct shm *shm, struct shm_slot *slot, uint64_t deadline_ns, bool *recovered);
void shm_writer_unlock(struct shm *shm);
/* Tells that the holder of the lock will tell of its progress from now on. A holder that does not,
 * as a migration, may take any time. */
void shm_writer_watch(struct shm_writer *w);
/* Tells of progress. Without effect unless a holder is watched. */
void shm_writer_beat(struct shm_writer *w);
/* Returns true if the holder has told of no progress for SHM_WRITER_HANG_NS, and lives. */
bool shm_writer_hangs(struct shm *shm);

#endif
