/* SPDX-License-Identifier: MIT */
/*
 * Counters and latency histograms by operation. An operation is found by method and route, so its
 * figures go on through reloads, whatever its place in the document.
 *
 * The histogram is log-linear over microseconds: below 16 each value has a bucket, above it each
 * octave has 16, up to 2^27 µs (134 s). The middle of a bucket is off by 3.2 % at most.
 */
#ifndef LEAT_SHM_STATS_H
#define LEAT_SHM_STATS_H

#include "lib/shm/layout.h"

struct stats_sum {
    uint64_t classes[SHM_CLASSES], count, sum_us;
    uint64_t buckets[SHM_BUCKETS];
};

/* Finds the operation or enters it; -1 where the table is full. Two share one where 64
 * bits of hash collide. */
int stats_enter(struct shm *shm, const char *method, const char *route, const char *id);
/* Counts an answer of worker `slot`; `operation` is not -1. */
void stats_record(struct shm *shm, int slot, int operation, int status, uint64_t us);
/* What an operation is called. */
struct stats_names {
    char method[sizeof(((struct shm_operation *)0)->method)];
    char route[sizeof(((struct shm_operation *)0)->route)];
    char id[sizeof(((struct shm_operation *)0)->id)];
};

/* Copies the names of entry `operation`, terminated, whatever stands there. */
void stats_read_names(const struct shm *shm, int operation, struct stats_names *out);
/* Adds up the stripes. */
void stats_sum(struct shm *shm, int operation, struct stats_sum *out);

unsigned stats_bucket(uint64_t us);
/* The first value that is past the bucket. */
uint64_t stats_bucket_end(unsigned bucket);
/* The value in µs below which the part `q` (0 … 1) lies; 0 if nothing was counted. */
uint64_t stats_quantile(const struct stats_sum *sum, double q);

#endif
