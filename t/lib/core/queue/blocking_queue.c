/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/blocking_queue.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <criterion/criterion.h>

enum { THREADS = 4, JOBS = 20000 };

struct job {
    struct fifo_link link; /* first */
    int number, takes;
};

static struct blocking_queue queue;
static atomic_int taken, disorder;

static void *take_jobs(void *arg)
{
    struct job *j;
    int last = -1;

    (void)arg;
    while ((j = (struct job *)blocking_queue_wait(&queue))) {
        disorder += j->number <= last;
        last = j->number;
        j->takes++;
        taken++;
    }
    return NULL;
}

Test(blocking_queue, gives_each_job_to_one_thread_in_order)
{
    struct job *jobs = calloc(JOBS, sizeof(*jobs));
    pthread_t threads[THREADS];

    blocking_queue_init(&queue, 50);
    for (int t = 0; t < THREADS; t++)
        cr_assert(pthread_create(&threads[t], NULL, take_jobs, NULL) == 0);
    for (int i = 0; i < JOBS; i++) {
        jobs[i].number = i;
        while (!blocking_queue_push(&queue, &jobs[i].link))
            sched_yield();
    }
    while (taken < JOBS)
        sched_yield();
    blocking_queue_close(&queue);
    for (int t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    for (int i = 0; i < JOBS; i++)
        cr_assert(jobs[i].takes == 1, "job %d", i);
    cr_expect(disorder == 0);
    blocking_queue_fini(&queue);
    free(jobs);
}

Test(blocking_queue, ends_waits_when_closed_and_keeps_what_waits)
{
    struct job jobs[3] = {{.number = 0}, {.number = 1}, {.number = 2}};

    blocking_queue_init(&queue, 2);
    cr_expect(blocking_queue_pop(&queue) == NULL);
    cr_expect(blocking_queue_push(&queue, &jobs[0].link));
    cr_expect(blocking_queue_push(&queue, &jobs[1].link));
    cr_expect(!blocking_queue_push(&queue, &jobs[2].link));
    cr_expect(blocking_queue_wait(&queue) == &jobs[0].link && !blocking_queue_is_closed(&queue));
    blocking_queue_close(&queue);
    cr_expect(blocking_queue_wait(&queue) == NULL && blocking_queue_is_closed(&queue));
    cr_expect(blocking_queue_pop(&queue) == &jobs[1].link);
    cr_expect(blocking_queue_pop(&queue) == NULL);
    blocking_queue_fini(&queue);
}
