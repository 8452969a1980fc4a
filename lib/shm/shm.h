/* SPDX-License-Identifier: MIT */
/*
 * The shared memory of a master and all its workers: one memory file, made once, kept across
 * reloads and crashes. Fixed size, no pointers, 64-bit atomics; a worker killed at any
 * instruction leaves it usable.
 *
 *     ┌────────┬───────────┬────────────────────────────────┬──────────────────────────────────┐
 *     │ header │ totals of │ writer: robust mutex + holder, │ slots[SHM_SLOTS]: one a worker,  │
 *     │ magic  │ the dead  │ commits (counts every commit)  │ each on cache lines of its own   │
 *     └────────┴───────────┴────────────────────────────────┴──────────────────────────────────┘
 */
#ifndef LEAT_SHM_SHM_H
#define LEAT_SHM_SHM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { SHM_SLOTS = 2048, SHM_VERSION = 1 };
#define SHM_MAGIC UINT64_C(0x314d48535441454c) /* "LEATSHM1" */

/* What only grows. A slot's counts are added to the totals when its worker is gone. */
struct shm_counts {
    _Atomic uint64_t requests;
    _Atomic uint64_t server_errors; /* answered 5xx */
    _Atomic uint64_t connections;   /* accepted */
    _Atomic uint64_t log_dropped;
};

struct shm_slot {
    _Atomic uint64_t heartbeat_ns; /* clock_ns() of the worker's last turn of the loop */
    _Atomic uint32_t pid;          /* set by the worker itself */
    _Atomic uint32_t generation;   /* 0: the slot is free */
    _Atomic uint32_t in_flight;
    _Atomic uint32_t open_connections;
    struct shm_counts counts;
} __attribute__((aligned(128)));

struct shm_writer {
    pthread_mutex_t lock;    /* robust, priority-inheriting: strictly first come, first served */
    _Atomic uint32_t holder; /* pid, for people */
    _Atomic uint64_t commits __attribute__((aligned(64)));
};

struct shm {
    uint64_t magic;
    uint32_t version;
    uint32_t size; /* bytes */
    struct shm_counts totals;
    struct shm_writer writer;
    struct shm_slot slots[SHM_SLOTS];
};

/* Makes the segment. Returns its descriptor (close-on-exec) and maps it into *out; -1 and errno. */
int shm_create(struct shm **out);
/* Maps the segment that another process made; NULL if it is not one of this layout. */
struct shm *shm_attach(int fd);
void shm_detach(struct shm **shm);

/* Claims a free slot for a worker of `generation`, which is not 0; -1 if there is none. Master
 * only. */
int shm_slot_take(struct shm *shm, uint32_t generation);
/* Adds the slot's counts to the totals and frees it. Master only, after the worker is gone. */
void shm_slot_release(struct shm *shm, int slot);
/* The totals of the dead and the living. */
struct shm_counts shm_counts(struct shm *shm);

/* Locks the one writer, until `deadline_ns` (clock_ns()); false past it. *recovered is set where
 * the last holder died with the lock: SQLite's file locks may outlive it for some ms. */
bool shm_writer_lock(struct shm *shm, uint64_t deadline_ns, bool *recovered);
void shm_writer_unlock(struct shm *shm);

#endif
