/* SPDX-License-Identifier: MIT */
/* Two lists under one lock: `todo` from the loop to the threads, `done` back. The eventfd is
 * written only when `done` goes from empty to not empty; work_deliver() reads it before it takes
 * the list, so no finished job is left without a wake-up. `done` callbacks run without the lock on
 * the loop's thread, and so may submit again.
 *
 * Threads start with the first job, with all signals blocked. If the system grants fewer than asked
 * for, those serve, and each later submit tries to start the rest. */
#include "lib/core/work.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/core/memory.h"

struct work_list {
    struct work *first, **last;
    size_t count;
};

struct work_pool {
    struct work_options options;
    pthread_mutex_t lock; /* guards the four members below */
    pthread_cond_t filled;
    struct work_list todo, done;
    bool is_closing;
    int done_fd;     /* an eventfd, written when `done` was empty */
    pthread_t owner; /* the loop's thread, to which what follows belongs */
    size_t pending;
    bool is_delivering;
    pthread_t *threads;
    int thread_count;
};

static bool is_own_thread(const struct work_pool *p)
{
    return pthread_equal(p->owner, pthread_self());
}

static void push(struct work_list *list, struct work *w)
{
    assert(w && list->last && !*list->last);
    w->link = NULL;
    *list->last = w;
    list->last = &w->link;
    list->count++;
}

static struct work *take_first(struct work_list *list)
{
    struct work *w = list->first;

    assert(list->first && list->count);
    list->first = w->link;
    if (!list->first)
        list->last = &list->first;
    list->count--;
    return w;
}

static struct work *take_all(struct work_list *list)
{
    struct work *all = list->first;

    *list = (struct work_list){.last = &list->first};
    return all;
}

/* on Linux this affects only the calling thread */
static struct work *wait_for_work(struct work_pool *p)
{
    struct work *w;

    pthread_mutex_lock(&p->lock);
    while (!p->todo.first && !p->is_closing)
        pthread_cond_wait(&p->filled, &p->lock);
    w = p->is_closing ? NULL : take_first(&p->todo);
    pthread_mutex_unlock(&p->lock);
    return w;
}

static void finish(struct work_pool *p, struct work *w)
{
    bool was_empty;

    pthread_mutex_lock(&p->lock);
    was_empty = p->done.count == 0;
    push(&p->done, w);
    pthread_mutex_unlock(&p->lock);
    if (was_empty)
        eventfd_write(p->done_fd, 1);
}

static void *run_jobs(void *arg)
{
    struct work_pool *p = arg;
    struct work *w;

    if (p->options.nice) /* on Linux this affects only the calling thread */
        setpriority(PRIO_PROCESS, 0, p->options.nice);
    while ((w = wait_for_work(p))) {
        w->run(w);
        finish(p, w);
    }
    return NULL;
}

struct work_pool *work_pool_new(const struct work_options *options)
{
    struct work_pool *p = xcalloc(1, sizeof(*p));

    assert(options->threads > 0 && options->capacity > 0);
    p->threads = xcalloc((size_t)options->threads, sizeof(*p->threads));
    p->options = *options;
    p->owner = pthread_self();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->filled, NULL);
    take_all(&p->todo);
    take_all(&p->done);
    p->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->done_fd < 0)
        abort();
    return p;
}

void work_pool_free(struct work_pool **pool)
{
    struct work_pool *p = *pool;

    if (!p)
        return;
    assert(is_own_thread(p) && !p->is_delivering);
    pthread_mutex_lock(&p->lock);
    p->is_closing = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->thread_count; i++)
        pthread_join(p->threads[i], NULL);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
    close(p->done_fd);
    free(p->threads);
    free(p);
    *pool = NULL;
}

/* Starts the threads that are missing. Returns false only if there is none at all; fewer than asked
 * for will do. */
static bool start_threads(struct work_pool *p)
{
    sigset_t all, old;

    if (p->thread_count == p->options.threads)
        return true;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old); /* signals are for the main thread */
    while (p->thread_count < p->options.threads &&
           pthread_create(&p->threads[p->thread_count], NULL, run_jobs, p) == 0)
        p->thread_count++;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return p->thread_count > 0;
}

enum completion work_submit(struct work_pool *p, struct work *w)
{
    bool is_room;

    assert(is_own_thread(p));
    assert(w->run && w->done);
    w->err = ERR_BUSY;
    if (!start_threads(p))
        return DONE;
    w->err = OK;
    pthread_mutex_lock(&p->lock);
    is_room = p->todo.count < p->options.capacity;
    if (is_room) {
        push(&p->todo, w);
        pthread_cond_signal(&p->filled);
    }
    pthread_mutex_unlock(&p->lock);
    p->pending += is_room;
    if (!is_room)
        w->err = ERR_BUSY;
    return is_room ? LATER : DONE;
}

int work_fd(const struct work_pool *p)
{
    return p->done_fd;
}

void work_deliver(struct work_pool *p)
{
    eventfd_t ignored;
    struct work *w, *next;

    assert(is_own_thread(p) && !p->is_delivering);
    p->is_delivering = true;
    eventfd_read(p->done_fd, &ignored);
    pthread_mutex_lock(&p->lock);
    w = take_all(&p->done);
    pthread_mutex_unlock(&p->lock);
    for (; w; w = next) {
        next = w->link;
        assert(p->pending);
        p->pending--;
        w->done(w);
    }
    p->is_delivering = false;
}

size_t work_pending(const struct work_pool *p)
{
    return p->pending;
}
