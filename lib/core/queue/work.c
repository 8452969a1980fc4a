/* SPDX-License-Identifier: MIT */
/* Jobs go to the threads through a blocking queue, and come back through a completion queue; `done`
 * callbacks run without a lock on the loop's thread, and so may submit again.
 *
 * Threads start with the first job, with all signals blocked. If the system grants fewer than asked
 * for, those serve, and each later submit tries to start the rest. */
#include "lib/core/queue/work.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "lib/core/queue/blocking_queue.h"
#include "lib/core/queue/completion_queue.h"
#include "lib/core/memory.h"
#include "lib/core/thread.h"

struct work_pool {
    struct work_options options;
    struct blocking_queue todo;
    struct completion_queue finished;
    pthread_t owner; /* the loop's thread, to which what follows belongs */
    pthread_t *threads;
    int thread_count;
};

_Static_assert(offsetof(struct work, link) == 0, "a link is cast to its job");

static bool is_own_thread(const struct work_pool *p)
{
    return pthread_equal(p->owner, pthread_self());
}

static void *run_jobs(void *arg)
{
    struct work_pool *p = arg;
    struct work *w;

    if (p->options.nice) /* on Linux this affects only the calling thread */
        setpriority(PRIO_PROCESS, 0, p->options.nice);
    while ((w = (struct work *)blocking_queue_wait(&p->todo))) {
        w->run(w);
        completion_queue_push(&p->finished, &w->link);
    }
    return NULL;
}

static void on_finished(struct fifo_link *l)
{
    struct work *w = (struct work *)l;

    w->done(w);
}

struct work_pool *work_pool_new(const struct work_options *options)
{
    struct work_pool *p = xcalloc(1, sizeof(*p));

    assert(options->threads > 0 && options->capacity > 0);
    p->threads = xcalloc((size_t)options->threads, sizeof(*p->threads));
    p->options = *options;
    p->owner = pthread_self();
    blocking_queue_init(&p->todo, options->capacity);
    completion_queue_init(&p->finished, on_finished);
    return p;
}

void work_pool_free(struct work_pool **pool)
{
    struct work_pool *p = *pool;

    if (!p)
        return;
    assert(is_own_thread(p));
    blocking_queue_close(&p->todo);
    for (int i = 0; i < p->thread_count; i++)
        pthread_join(p->threads[i], NULL);
    blocking_queue_fini(&p->todo);
    completion_queue_fini(&p->finished, NULL);
    free(p->threads);
    free(p);
    *pool = NULL;
}

/* Starts the threads that are missing. Returns false only if there is none at all; fewer than asked
 * for will do. */
static bool start_threads(struct work_pool *p)
{
    while (p->thread_count < p->options.threads &&
           thread_start(&p->threads[p->thread_count], run_jobs, p))
        p->thread_count++;
    return p->thread_count > 0;
}

enum completion work_submit(struct work_pool *p, struct work *w)
{
    assert(is_own_thread(p));
    assert(w->run && w->done);
    w->err = OK;
    if (start_threads(p) && blocking_queue_push(&p->todo, &w->link)) {
        completion_queue_expect(&p->finished);
        return LATER;
    }
    w->err = ERR_BUSY;
    return DONE;
}

int work_fd(const struct work_pool *p)
{
    return completion_queue_fd(&p->finished);
}

void work_deliver(struct work_pool *p)
{
    completion_queue_deliver(&p->finished);
}

size_t work_pending(const struct work_pool *p)
{
    return completion_queue_pending(&p->finished);
}
