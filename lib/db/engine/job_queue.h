/* SPDX-License-Identifier: MIT */
/*
 * Orders the jobs that wait for a pool's threads, so that past its capacity the server still
 * answers as many requests in time as it can:
 *
 *   - Each plan has a line of its own, and the next job comes from the line that has used the least
 *     of the threads' time: a heavy operation does not hold up cheap ones (start-time fair queueing).
 *   - A line is first in, first out, until its oldest job has waited for JOB_QUEUE_STANDING_NS. Then
 *     more arrives than can be done, and the newest job goes first: its client still waits, whereas in
 *     order all would be answered too late (B. Maurer, Fail at Scale, ACM Queue 2015).
 *   - A job that cannot end before its deadline is not begun: by the expected cost of its plan, or
 *     when it has waited for half of its time. One that found a free thread, or nothing of its plan
 *     before it, is begun in any case, so that a wrong expectation corrects itself.
 *   - Of several threads one is kept free of long jobs, those of plans that are expected to use
 *     JOB_QUEUE_LONG_NS of CPU time: however many reports run, cheap jobs end. What begins there is
 *     bounded: a job that turns out to be long is put back, and waits for a thread that may take it.
 *
 * Not safe for threads: the pool has a lock. Jobs stay their owner's. `now_ns` is clock_ns().
 */
#ifndef LEAT_DB_ENGINE_JOB_QUEUE_H
#define LEAT_DB_ENGINE_JOB_QUEUE_H

#include "lib/db/engine/db.h"

#define JOB_QUEUE_STANDING_NS UINT64_C(500000000)
#define JOB_QUEUE_LONG_NS UINT64_C(100000000)
enum { JOB_QUEUE_RETRY_MAX_S = 30 };

struct job_line;

struct job_queue {
    struct job_line *lines;               /* by plan id */
    struct job_line *waiting;             /* a list of those that are not empty */
    size_t plan_count;                    /* a job of a higher id belongs to the last line */
    unsigned threads, running, unbounded; /* unbounded: how many of the running may take any time */
    bool has_spare;                       /* one thread is kept free of long jobs */
    uint64_t floor_ns;                    /* what a line that becomes busy counts as having used */
};

void job_queue_init(struct job_queue *q, size_t plan_count, unsigned threads);
/* Frees the lines. Jobs that still wait are dropped. */
void job_queue_fini(struct job_queue *q);
void job_queue_push(struct job_queue *q, struct db_job *job, uint64_t now_ns);
/* Returns true if a job may begin now. */
bool job_queue_can_begin(const struct job_queue *q);
/* Takes the job to begin now, or NULL. job_queue_settle() must follow. If the job is_bounded, it
 * must be interrupted when it turns out to be long, and job_queue_put_back() follows. */
struct db_job *job_queue_begin(struct job_queue *q, uint64_t now_ns);
/* Records that a job which has begun has ended. Its cost is the time from begun_ns to ended_ns, and
 * its cpu_ns. */
void job_queue_settle(struct job_queue *q, const struct db_job *job);
/* Queues a bounded job again that was interrupted, now as a long one. */
void job_queue_put_back(struct job_queue *q, struct db_job *job, uint64_t now_ns);
/* Takes a job that must not be begun any more, and sets its retry_after_s; or returns NULL. Call it
 * until then, before job_queue_begin(). */
struct db_job *job_queue_expire(struct job_queue *q, uint64_t now_ns);
/* Returns how many jobs wait. */
size_t job_queue_waiting(const struct job_queue *q);
/* Takes any job, or NULL. */
struct db_job *job_queue_drop(struct job_queue *q);

#endif
