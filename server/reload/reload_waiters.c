/* SPDX-License-Identifier: MIT */
#include "server/reload/reload_waiters.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/memory.h"

void reload_waiters_add(struct reload_waiter **list, reload_fn fn, void *arg)
{
    struct reload_waiter *w = xmalloc(sizeof(*w));

    assert(fn);
    *w = (struct reload_waiter){.next = *list, .fn = fn, .arg = arg};
    *list = w;
}

void reload_waiters_forget(struct reload_waiter *list, const void *arg)
{
    for (struct reload_waiter *w = list; w; w = w->next)
        if (w->arg == arg)
            w->fn = NULL;
}

void reload_waiters_answer(struct reload_waiter **list, bool ok, const char *text)
{
    while (*list) {
        struct reload_waiter *w = *list;

        *list = w->next;
        if (w->fn)
            w->fn(w->arg, ok, text);
        free(w);
    }
}
