/* SPDX-License-Identifier: MIT */
/*
 * A list of jobs, first in, first out. A job embeds its link, and is in one list at a time; the
 * list does not own it, allocates nothing, and takes no lock.
 */
#ifndef LEAT_CORE_QUEUE_FIFO_H
#define LEAT_CORE_QUEUE_FIFO_H

#include <assert.h>
#include <stddef.h>

struct fifo_link {
    struct fifo_link *next;
};

struct fifo {
    struct fifo_link *first, **last;
    size_t count;
};

static inline void fifo_init(struct fifo *f)
{
    *f = (struct fifo){.last = &f->first};
}

static inline void fifo_push(struct fifo *f, struct fifo_link *l)
{
    assert(l && f->last && !*f->last);
    l->next = NULL;
    *f->last = l;
    f->last = &l->next;
    f->count++;
}

/* Returns the first job, which leaves the list, or NULL. */
static inline struct fifo_link *fifo_pop(struct fifo *f)
{
    struct fifo_link *l = f->first;

    if (!l)
        return NULL;
    assert(f->count);
    f->first = l->next;
    if (!f->first)
        f->last = &f->first;
    f->count--;
    return l;
}

/* Moves all jobs of `from` to the end of `to`. */
static inline void fifo_append(struct fifo *to, struct fifo *from)
{
    assert(to->last && from->last);
    if (!from->first)
        return;
    *to->last = from->first;
    to->last = from->last;
    to->count += from->count;
    fifo_init(from);
}

/* Moves all jobs of `from` into `to`, which must be empty. */
static inline void fifo_move(struct fifo *to, struct fifo *from)
{
    assert(!to->first);
    fifo_init(to);
    if (!from->first)
        return;
    *to = *from;
    fifo_init(from);
}

#endif
