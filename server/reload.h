/* SPDX-License-Identifier: MIT */
/*
 * A reload is a transaction: it ends with every new worker READY, or changes nothing. The first
 * start is the same, with nothing to fall back to.
 *
 *               request            released            (first start, on-start)      spawned
 *     IDLE ──────────────▶ CHECKING ────────▶ MIGRATING ────────▶ STARTING ─────────────────┐
 *      ▲                      │                   │                  │ all READY            │
 *      └──────────────────────┴── failed ─────────┴── failed ────────┴──────────────────────┘
 *
 * A request while one runs is remembered, and answered by one more that runs after it.
 */
#ifndef LEAT_SERVER_RELOAD_H
#define LEAT_SERVER_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/buf.h"
#include "server/generation.h"
#include "server/tool.h"

struct master;

enum reload_state { RELOAD_IDLE, RELOAD_CHECKING, RELOAD_MIGRATING, RELOAD_STARTING };

struct reload_waiter {
    struct reload_waiter *next;
    void (*fn)(void *arg, bool ok, const char *text);
    void *arg;
};

struct reload {
    struct master *master;
    enum reload_state state;
    struct tool tool;
    uv_timer_t timer; /* of STARTING */
    int release_fd;   /* of CHECKING */
    struct generation *next;
    unsigned last_id;
    bool is_wanted;                               /* again, afterwards */
    struct reload_waiter *waiting, *waiting_next; /* for this one, for the one after */
    /* The last one's result. */
    bool has_result, is_ok;
    uint64_t finished_real_ms;
    struct buf text; /* "generation 3 serves", or the errors */
};

void reload_init(struct reload *r, struct master *m);
/* Begins, or remembers. `fn` (may be NULL) is called once with the result of a reload that began
 * after this call. */
void reload_request(struct reload *r, void (*fn)(void *arg, bool ok, const char *text), void *arg);
/* Nobody waits for the answer any more. */
void reload_forget(struct reload *r, void *arg);
/* Gives up what runs: the master stops. */
void reload_cancel(struct reload *r);
void reload_fini(struct reload *r);

/* For supervise.c: a worker of r->next is READY, or failed for `reason`. */
void reload_child_ready(struct reload *r);
void reload_child_failed(struct reload *r, const char *reason);

const char *reload_state_name(enum reload_state state);

#endif
