/* SPDX-License-Identifier: MIT */
/* Those who wait for the result of a reload. */
#ifndef LEAT_SERVER_RELOAD_RELOAD_WAITERS_H
#define LEAT_SERVER_RELOAD_RELOAD_WAITERS_H

#include <stdbool.h>

typedef void (*reload_fn)(void *arg, bool ok, const char *text);

struct reload_waiter {
    struct reload_waiter *next;
    reload_fn fn; /* NULL: forgotten */
    void *arg;
};

/* Adds one to the list. */
void reload_waiters_add(struct reload_waiter **list, reload_fn fn, void *arg);
/* Drops those with that `arg`. */
void reload_waiters_forget(struct reload_waiter *list, const void *arg);
/* Gives all of them the result, and empties the list. */
void reload_waiters_answer(struct reload_waiter **list, bool ok, const char *text);

#endif
