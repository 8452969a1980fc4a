/* SPDX-License-Identifier: MIT */
/* Threads beside the main thread, which alone handles signals. */
#ifndef LEAT_CORE_THREAD_H
#define LEAT_CORE_THREAD_H

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "lib/core/fault.h"

/* Starts a thread on which all signals are blocked. Returns false if the system grants none; errno
 * tells why. */
static inline bool thread_start(pthread_t *id, void *(*run)(void *), void *arg)
{
    sigset_t all, old;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    error = pthread_create(id, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    errno = error;
    return error == 0;
}

/* Sets why thread_start() has failed, while errno tells it. Returns false. */
static inline bool thread_fault(struct fault *fault, const char *name)
{
    return fault_set(fault,
                     "a %s thread could not be started: %s; raise the limit on processes "
                     "(pids.max, RLIMIT_NPROC) or on memory",
                     name, strerror(errno));
}

#endif
