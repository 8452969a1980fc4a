/* SPDX-License-Identifier: MIT */
/* What the master checks each second: workers, alarm, ticket keys, and damage that a worker may
 * have done to what all share. It also feeds the service manager's watchdog. */
#ifndef LEAT_SERVER_WATCH_H
#define LEAT_SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "server/generation/fleet.h"
#include "server/process/pidfile.h"
#include "server/reload/reload.h"
#include "server/sockets/listen.h"

struct watch {
    struct fleet *fleet;
    struct listeners *listeners;
    struct reload *reload;   /* requested when something is damaged */
    struct pidfile *pidfile; /* written again until that succeeds */
    uv_timer_t look, feed;   /* feed: of the service manager's watchdog */
    uv_timer_t refuse;       /* runs while no worker is READY */
    uint64_t looked_ns;      /* the last look */
    uint64_t warned_ns;      /* the last warning of a certificate */
    uint64_t renewed_ns;     /* when shared memory was renewed */
    bool has_replaced;       /* a listener was replaced, and workers have the old one */
};

/* Starts the timers; the pointers are set. */
void watch_start(struct watch *w);
/* Makes the next ticket key of the segment if there is none, or the newest is too old. */
void watch_tickets(const struct segment *segment);
/* Refuses clients from now on, until a worker is READY. */
void watch_refuse(struct watch *w);
/* Closes the timers, so that the loop can end. */
void watch_stop(struct watch *w);

#endif
