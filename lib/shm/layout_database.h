/* SPDX-License-Identifier: MIT */
/* The part of the shared memory (layout.h) about the database: the lock of the single writer, and
 * the -wal. */
#ifndef LEAT_SHM_LAYOUT_DATABASE_H
#define LEAT_SHM_LAYOUT_DATABASE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum { SHM_BATCH_SIZES = 9 }; /* 1, 2, up to 4, 8, … 256 writes */

struct shm_writer {
    pthread_mutex_t lock; /* robust and priority-inheriting, so strictly first come, first served */
    _Atomic uint32_t holder;    /* its process, for display, as is taken_ns */
    _Atomic uint64_t taken_ns;  /* clock_ns() when the holder took it */
    _Atomic uint64_t alive_ns;  /* when the holder last made progress; 0 if it does not tell */
    _Atomic uint32_t is_broken; /* a worker found that the lock cannot be used any more */
    _Atomic uint32_t told;      /* the trouble that the log tells of; see trouble.h */
    _Atomic uint64_t commits __attribute__((aligned(64)));
    _Atomic uint64_t
        foreign_ns; /* clock_ns() when another program was found to hold SQLite's lock */
    /* What its holders have done; see writer_use.h. */
    _Atomic uint64_t own_ns; /* how long it was held for Leat's own writes and checkpoints */
    _Atomic uint64_t writes; /* that were committed */
    _Atomic uint64_t batches[SHM_BATCH_SIZES]; /* commits by the number of their writes */
};

struct shm_wal {
    _Atomic uint64_t cut_until_ns; /* reads whose snapshot began until then must end */
    /* clock_ns() when a reader outside Leat was found to keep it past its limit, or 0; its pid */
    _Atomic uint64_t held_ns;
    _Atomic uint32_t held_by;
    /* How far it has been written since it began last, and copied into the database */
    _Atomic uint64_t written_bytes, copied_bytes;
    _Atomic uint64_t checkpointed_ns; /* clock_ns() when all of it was copied last */
} __attribute__((aligned(64)));

#endif
