/* SPDX-License-Identifier: MIT */
#include "lib/core/queue/completion_queue.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

static bool is_own_thread(const struct completion_queue *q)
{
    return pthread_equal(q->owner, pthread_self());
}

void completion_queue_init(struct completion_queue *q, completion_fn done)
{
    assert(done);
    *q = (struct completion_queue){.done = done, .owner = pthread_self()};
    fifo_init(&q->finished);
    fifo_init(&q->taken);
    pthread_mutex_init(&q->lock, NULL);
    q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (q->fd < 0)
        abort();
}

void completion_queue_fini(struct completion_queue *q, completion_fn drop)
{
    struct fifo_link *job;

    assert(is_own_thread(q) && !q->delivering);
    while (drop && (job = fifo_pop(&q->finished)))
        drop(job);
    pthread_mutex_destroy(&q->lock);
    close(q->fd);
}

void completion_queue_expect(struct completion_queue *q)
{
    assert(is_own_thread(q));
    q->pending++;
}

void completion_queue_forget(struct completion_queue *q)
{
    assert(is_own_thread(q) && q->pending);
    q->pending--;
}

void completion_queue_push(struct completion_queue *q, struct fifo_link *job)
{
    struct fifo one;

    fifo_init(&one);
    fifo_push(&one, job);
    completion_queue_push_all(q, &one);
}

void completion_queue_push_all(struct completion_queue *q, struct fifo *jobs)
{
    bool was_empty;

    if (!jobs->first)
        return;
    pthread_mutex_lock(&q->lock);
    was_empty = !q->finished.first;
    fifo_append(&q->finished, jobs);
    pthread_mutex_unlock(&q->lock);
    if (was_empty)
        eventfd_write(q->fd, 1);
}

int completion_queue_fd(const struct completion_queue *q)
{
    return q->fd;
}

/* The descriptor is read before the list is taken, so that no job is left in it without a wake-
 * up. */
static void take_finished(struct completion_queue *q)
{
    eventfd_t ignored;

    eventfd_read(q->fd, &ignored);
    pthread_mutex_lock(&q->lock);
    fifo_move(&q->taken, &q->finished);
    pthread_mutex_unlock(&q->lock);
}

void completion_queue_deliver(struct completion_queue *q)
{
    struct fifo_link *job;

    assert(is_own_thread(q));
    q->delivering++;
    if (!q->taken.first)
        take_finished(q);
    while ((job = fifo_pop(&q->taken))) {
        assert(q->pending);
        q->pending--;
        q->done(job);
    }
    q->delivering--;
}

size_t completion_queue_pending(const struct completion_queue *q)
{
    return q->pending;
}
