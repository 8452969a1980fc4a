/* SPDX-License-Identifier: MIT */
/* Threads beside the main thread, which alone handles signals. */
#ifndef LEAT_CORE_THREAD_H
#define LEAT_CORE_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>

/* Starts a thread on which all signals are blocked. Returns false if the system grants none. */
static inline bool thread_start(pthread_t *id, void *(*run)(void *), void *arg)
{
    sigset_t all, old;
    bool ok;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    ok = pthread_create(id, NULL, run, arg) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

#endif
