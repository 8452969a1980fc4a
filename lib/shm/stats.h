/* SPDX-License-Identifier: MIT */
/*
 * Counters and latency histograms by operation. Operations are identified by method and route, so
 * their numbers continue across reloads wherever they move in the document.
 *
 * The histogram is log-linear in microseconds: each value below 16 has a bucket, and each octave
 * above has 16, up to 2^27 µs (134 s). A bucket's middle is off by 3.2 % at most.
 */
#ifndef LEAT_SHM_STATS_H
#define LEAT_SHM_STATS_H

#include "lib/shm/layout.h"

struct stats_sum {
    uint64_t classes[SHM_CLASSES], count, sum_us;
    uint64_t buckets[SHM_BUCKETS];
};

/* Finds the operation or enters it. Returns its index, or -1 if the table is full. Two operations
 * share an entry if their 64-bit hashes collide. */
int stats_enter(struct shm *shm, const char *method, const char *route, const char *id);
/* Counts an answer of worker `slot`; `operation` must not be -1. */
void stats_record(struct shm *shm, int slot, int operation, int status, uint64_t us);
/* An operation's names. */
struct stats_names {
    char method[sizeof(((struct shm_operation *)0)->method)];
    char route[sizeof(((struct shm_operation *)0)->route)];
    char id[sizeof(((struct shm_operation *)0)->id)];
};

/* Copies the names of entry `operation`, NUL-terminated whatever the memory holds. */
void stats_read_names(const struct shm *shm, int operation, struct stats_names *out);
/* Adds up the stripes of an operation. */
void stats_sum(struct shm *shm, int operation, struct stats_sum *out);

/* Returns the bucket that counts the value. */
unsigned stats_bucket(uint64_t us);
/* Returns the first value past the bucket. */
uint64_t stats_bucket_end(unsigned bucket);
/* Returns the value in µs below which the fraction `q` (0 … 1) lies, or 0 if nothing was
 * counted. */
uint64_t stats_quantile(const struct stats_sum *sum, double q);

#endif
