/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/completion_queue.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <criterion/criterion.h>

enum { THREADS = 8, JOBS = 5000 };

struct job {
    struct fifo_link link; /* first */
    int thread, number, dones;
};

struct sender {
    pthread_t id;
    struct job jobs[JOBS];
};

static struct completion_queue queue;
static int delivered, last[THREADS];

static void count_job(struct fifo_link *l)
{
    struct job *j = (struct job *)l;

    cr_assert(j->number > last[j->thread], "job %d of %d is out of order", j->number, j->thread);
    last[j->thread] = j->number;
    j->dones++;
    delivered++;
}

static void *send_all(void *arg)
{
    struct sender *s = arg;

    for (int i = 0; i < JOBS; i++)
        completion_queue_push(&queue, &s->jobs[i].link);
    return NULL;
}

static bool is_readable(void)
{
    struct pollfd p = {.fd = completion_queue_fd(&queue), .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

Test(completion_queue, delivers_all_of_many_threads_in_the_order_of_each)
{
    struct sender *senders = calloc(THREADS, sizeof(*senders));

    completion_queue_init(&queue, count_job);
    for (int t = 0; t < THREADS; t++) {
        last[t] = -1;
        for (int i = 0; i < JOBS; i++) {
            senders[t].jobs[i] = (struct job){.thread = t, .number = i};
            completion_queue_expect(&queue);
        }
        cr_assert(pthread_create(&senders[t].id, NULL, send_all, &senders[t]) == 0);
    }
    while (completion_queue_pending(&queue)) { /* a lost wake-up would end this at its deadline */
        struct pollfd p = {.fd = completion_queue_fd(&queue), .events = POLLIN};

        cr_assert(poll(&p, 1, 60000) == 1, "%zu jobs are lost", completion_queue_pending(&queue));
        completion_queue_deliver(&queue);
    }
    for (int t = 0; t < THREADS; t++)
        pthread_join(senders[t].id, NULL);
    cr_expect(delivered == THREADS * JOBS);
    for (int t = 0; t < THREADS; t++)
        for (int i = 0; i < JOBS; i++)
            cr_assert(senders[t].jobs[i].dones == 1);
    completion_queue_fini(&queue, NULL);
    free(senders);
}

/* Makes a queue, and pushes `count` jobs of this thread. */
static struct job *push_jobs(int count, completion_fn done)
{
    struct job *jobs = calloc((size_t)count, sizeof(*jobs));

    last[0] = -1;
    completion_queue_init(&queue, done);
    for (int i = 0; i < count; i++) {
        jobs[i].number = i;
        completion_queue_expect(&queue);
        completion_queue_push(&queue, &jobs[i].link);
    }
    return jobs;
}

Test(completion_queue, wakes_once_for_jobs_that_finish_together)
{
    struct job *jobs = push_jobs(100, count_job), more = {.number = 100};
    eventfd_t wakes = 0;

    cr_assert(eventfd_read(completion_queue_fd(&queue), &wakes) == 0);
    cr_expect(wakes == 1, "%llu", (unsigned long long)wakes);
    completion_queue_deliver(&queue);
    cr_expect(delivered == 100 && !is_readable());
    completion_queue_expect(&queue);
    completion_queue_push(&queue, &more.link);
    cr_expect(is_readable());
    completion_queue_deliver(&queue);
    cr_expect(delivered == 101 && !is_readable() && completion_queue_pending(&queue) == 0);
    completion_queue_fini(&queue, NULL);
    free(jobs);
}

static void deliver_inside(struct fifo_link *l)
{
    count_job(l);
    completion_queue_deliver(&queue);
}

Test(completion_queue, may_be_delivered_from_within_a_job)
{
    struct job *jobs = push_jobs(50, deliver_inside);

    completion_queue_deliver(&queue);
    cr_expect(delivered == 50 && completion_queue_pending(&queue) == 0);
    for (int i = 0; i < 50; i++)
        cr_expect(jobs[i].dones == 1, "job %d: %d", i, jobs[i].dones);
    completion_queue_fini(&queue, NULL);
    free(jobs);
}

static void push_again(struct fifo_link *l)
{
    count_job(l);
    ((struct job *)l)->number += 50;
    completion_queue_expect(&queue);
    completion_queue_push(&queue, l);
}

Test(completion_queue, delivers_what_finishes_meanwhile_in_the_next_turn)
{
    struct job *jobs = push_jobs(50, push_again);

    for (int turn = 1; turn <= 3; turn++) {
        cr_expect(is_readable());
        completion_queue_deliver(&queue);
        cr_expect(delivered == 50 * turn, "%d in turn %d", delivered, turn);
    }
    completion_queue_fini(&queue, NULL);
    free(jobs);
}

static void free_job(struct fifo_link *l)
{
    count_job(l);
    free(l);
}

static void refuse_job(struct fifo_link *l)
{
    (void)l;
    cr_assert_fail("a job is delivered after the end");
}

Test(completion_queue, gives_back_what_was_not_delivered)
{
    last[0] = -1;
    completion_queue_init(&queue, refuse_job);
    for (int i = 0; i < 10; i++) {
        struct job *j = calloc(1, sizeof(*j));

        j->number = i;
        completion_queue_expect(&queue);
        completion_queue_push(&queue, &j->link);
    }
    completion_queue_fini(&queue, free_job);
    cr_expect(delivered == 10);
}
