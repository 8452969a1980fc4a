/* SPDX-License-Identifier: MIT */
/* The time that a line has used is virtual: it is charged with the plan's expected cost when a job
 * begins, so that two threads do not take from the same line, and corrected when the job ends. A
 * line that was idle does not save up time; it starts at the floor, which is where the last one
 * stood.
 *
 * A job of an unknown cost is unbounded if there is a place for one, so that it need not begin
 * twice; a cheap one is always bounded, since the next one of its plan may be long. What is long is
 * told by CPU time: on a busy machine all jobs take a long time.
 *
 * The expected cost is an average that follows the last few jobs. Each job that it refuses lowers
 * it a little, because while nothing is begun nothing is measured. */
#include "lib/db/engine/job_queue.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/clock.h"
#include "lib/core/memory.h"

enum { COST_WEIGHT = 4, COST_DECAY = 64 };

struct job_line {
    struct db_job *oldest, *newest;
    size_t count, running;
    uint64_t cost_ns; /* expected; 0: unknown */
    uint64_t cpu_ns;  /* the CPU time of it */
    uint64_t used_ns;
    struct job_line *next, **at; /* at: what points to it in the list of waiting lines */
};

void job_queue_init(struct job_queue *q, size_t plan_count, unsigned threads)
{
    assert(threads > 0);
    *q = (struct job_queue){.plan_count = plan_count, .threads = threads, .has_spare = threads > 1};
    q->lines = xcalloc(plan_count + 1, sizeof(*q->lines));
}

void job_queue_fini(struct job_queue *q)
{
    free(q->lines);
    *q = (struct job_queue){0};
}

static struct job_line *line_of(const struct job_queue *q, const struct db_job *job)
{
    size_t id = job->plan->id;

    return &q->lines[id < q->plan_count ? id : q->plan_count];
}

static void enlist(struct job_queue *q, struct job_line *line)
{
    line->next = q->waiting;
    line->at = &q->waiting;
    if (line->next)
        line->next->at = &line->next;
    q->waiting = line;
}

static void delist(struct job_line *line)
{
    *line->at = line->next;
    if (line->next)
        line->next->at = line->at;
}

static bool is_long(const struct job_line *line)
{
    return line->cpu_ns >= JOB_QUEUE_LONG_NS;
}

/* Returns true if a job may begin that takes any time. */
static bool has_place(const struct job_queue *q)
{
    return !q->has_spare || q->unbounded + 1 < q->threads;
}

void job_queue_push(struct job_queue *q, struct db_job *job, uint64_t now_ns)
{
    struct job_line *line = line_of(q, job);

    job->queued_ns = now_ns;
    job->is_prompt = (!line->count && !line->running) ||
                     (!q->waiting && q->running < q->threads && (!is_long(line) || has_place(q)));
    job->older = line->newest;
    job->newer = NULL;
    *(line->newest ? &line->newest->newer : &line->oldest) = job;
    line->newest = job;
    if (line->count++)
        return;
    enlist(q, line);
    if (line->used_ns < q->floor_ns)
        line->used_ns = q->floor_ns;
}

static struct db_job *take_out(struct job_line *line, struct db_job *job)
{
    assert(line->count);
    *(job->older ? &job->older->newer : &line->oldest) = job->newer;
    *(job->newer ? &job->newer->older : &line->newest) = job->older;
    if (!--line->count)
        delist(line);
    return job;
}

static bool is_bounded(const struct job_queue *q, const struct job_line *line)
{
    return q->has_spare && !is_long(line) && (line->cost_ns || !has_place(q));
}

/* Returns the line that a job should be taken from, or NULL. */
static struct job_line *find_next(const struct job_queue *q)
{
    struct job_line *best = NULL;
    bool takes_long = has_place(q);

    for (struct job_line *line = q->waiting; line; line = line->next)
        if ((takes_long || !is_long(line)) && (!best || line->used_ns < best->used_ns))
            best = line;
    return best;
}

bool job_queue_can_begin(const struct job_queue *q)
{
    return find_next(q);
}

struct db_job *job_queue_begin(struct job_queue *q, uint64_t now_ns)
{
    struct job_line *best = find_next(q);
    struct db_job *job;

    if (!best)
        return NULL;
    job = now_ns - best->oldest->queued_ns > JOB_QUEUE_STANDING_NS ? best->newest : best->oldest;
    if (q->floor_ns < best->used_ns)
        q->floor_ns = best->used_ns;
    best->used_ns += best->cost_ns;
    best->running++;
    q->running++;
    job->is_bounded = is_bounded(q, best);
    q->unbounded += !job->is_bounded;
    job->charged_ns = best->cost_ns;
    job->begun_ns = job->ended_ns = now_ns;
    return take_out(best, job);
}

/* Moves the average towards a measurement. What was interrupted would have taken longer. */
static void follow(uint64_t *average, uint64_t measured, bool was_interrupted)
{
    if (!*average || (was_interrupted && measured > *average))
        *average = measured;
    else
        *average = *average - *average / COST_WEIGHT + measured / COST_WEIGHT;
}

void job_queue_settle(struct job_queue *q, const struct db_job *job)
{
    struct job_line *line = line_of(q, job);
    uint64_t took_ns = job->ended_ns - job->begun_ns;

    assert(line->running && line->used_ns >= job->charged_ns);
    line->running--;
    q->running--;
    q->unbounded -= !job->is_bounded;
    line->used_ns += took_ns - job->charged_ns;
    follow(&line->cost_ns, took_ns, job->err == ERR_DEADLINE);
    follow(&line->cpu_ns, job->cpu_ns, job->err == ERR_DEADLINE);
}

void job_queue_put_back(struct job_queue *q, struct db_job *job, uint64_t now_ns)
{
    struct job_line *line = line_of(q, job);

    assert(job->is_bounded);
    job_queue_settle(q, job);
    if (line->cpu_ns < JOB_QUEUE_LONG_NS)
        line->cpu_ns = JOB_QUEUE_LONG_NS;
    job_queue_push(q, job, now_ns);
}

/* Returns whether there is no sense in beginning the job, the oldest of its line. */
static bool is_late(struct job_line *line, const struct db_job *job, uint64_t now_ns)
{
    uint64_t deadline = job->deadline_ns;

    if (now_ns >= deadline)
        return true;
    if (job->is_prompt)
        return false;
    if (now_ns >= job->queued_ns + (deadline - job->queued_ns) / 2)
        return true;
    if (now_ns + line->cost_ns <= deadline)
        return false;
    line->cost_ns -= line->cost_ns / COST_DECAY;
    return true;
}

/* Returns when the jobs that wait in the line now should be done. */
static unsigned retry_after_s(const struct job_queue *q, const struct job_line *line)
{
    unsigned threads = q->threads - (q->has_spare && is_long(line));
    uint64_t seconds = line->count * line->cost_ns / threads / NS_PER_S + 1;

    return seconds < JOB_QUEUE_RETRY_MAX_S ? (unsigned)seconds : JOB_QUEUE_RETRY_MAX_S;
}

struct db_job *job_queue_expire(struct job_queue *q, uint64_t now_ns)
{
    for (struct job_line *line = q->waiting; line; line = line->next) {
        struct db_job *job = line->oldest;

        if (!is_late(line, job, now_ns))
            continue;
        job->retry_after_s = retry_after_s(q, line);
        return take_out(line, job);
    }
    return NULL;
}

size_t job_queue_waiting(const struct job_queue *q)
{
    size_t n = 0;

    for (const struct job_line *line = q->waiting; line; line = line->next)
        n += line->count;
    return n;
}

struct db_job *job_queue_drop(struct job_queue *q)
{
    return q->waiting ? take_out(q->waiting, q->waiting->oldest) : NULL;
}
