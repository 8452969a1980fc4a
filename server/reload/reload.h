/* SPDX-License-Identifier: MIT */
/*
 * A reload is a transaction: it ends with every new worker READY, or changes nothing. The first
 * start is the same, with nothing to fall back to. reload.c has this as a table:
 *
 *          BEGIN            DONE             DONE             DONE            READY
 *     IDLE ───────▶ CHECKING ─────▶ REHEARSING ─────▶ MIGRATING ─────▶ STARTING ────▶ HANDING_OVER
 *      ▲              │ │ │ --migrate only               ▲               ▲                │ DONE
 *      │              │ │ └─on-start, at the first start─┘               │                ▼
 *      │    --dry-run │ └─otherwise──────────────────────────────────────┘               IDLE
 *      └──────────────┴◀── FAILED: any step, a worker, a timeout, or a stop undoes it all
 *
 * A renewal, for damaged shared memory, goes from IDLE to STARTING, since it has its release
 * already.
 *
 * In HANDING_OVER the new workers accept; the state ends when the old ones no longer do, so that
 * whoever waited for the reload does not reach one of them.
 *
 * A request that comes while one runs is queued, and one more of its kind runs afterwards to answer
 * it. While Leat stops or is upgraded, requests are refused.
 */
#ifndef LEAT_SERVER_RELOAD_RELOAD_H
#define LEAT_SERVER_RELOAD_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/buf.h"
#include "server/generation/generation.h"
#include "server/process/subprocess.h"

struct master;

enum reload_state {
    RELOAD_IDLE,
    RELOAD_CHECKING,
    RELOAD_REHEARSING,
    RELOAD_MIGRATING,
    RELOAD_STARTING,
    RELOAD_HANDING_OVER
};

/* The events. A function that enters a state returns the next event if it is known at once, or
 * RELOAD_LATER; then reload_dispatch() is called with it later. */
enum reload_event { RELOAD_LATER, RELOAD_BEGIN, RELOAD_DONE, RELOAD_READY, RELOAD_FAILED };

enum reload_kind {
    RELOAD_RENEW, /* the release in force, with new shared memory, as the old is damaged */
    RELOAD_PLAIN,
    RELOAD_MIGRATE, /* rehearses pending migrations on a copy, then applies them */
    RELOAD_DRY_RUN, /* only reports what would change */
    RELOAD_KINDS
};

typedef void (*reload_fn)(void *arg, bool ok, const char *text);

struct reload_waiter {
    struct reload_waiter *next;
    reload_fn fn;
    void *arg;
};

struct reload {
    struct master *master;
    enum reload_state state;
    enum reload_kind kind;       /* of the running reload */
    enum reload_event postponed; /* came while a state was being entered */
    bool is_dispatching;
    struct subprocess *subprocess; /* of CHECKING, REHEARSING and MIGRATING */
    uv_timer_t timer;              /* of STARTING and HANDING_OVER */
    int release_fd;                /* of CHECKING */
    struct generation *next;
    const struct generation *leaving; /* of HANDING_OVER */
    int exit_code;                    /* of a first start that fails */
    uint64_t began_ns;
    struct reload_waiter *waiting; /* for the running reload */
    struct {
        bool is_wanted;
        struct reload_waiter *waiting;
    } later[RELOAD_KINDS];
    /* The result of the last reload. */
    bool has_result, is_ok;
    uint64_t finished_real_ms, took_ms;
    struct buf text;   /* of the running reload */
    struct buf result; /* "generation 3 serves", or the errors */
};

void reload_init(struct reload *r, struct master *m);
/* Begins a reload, or queues it. `fn` (may be NULL) is called once with the result of a reload that
 * began after this call; if the request is refused, from within it. */
void reload_request(struct reload *r, enum reload_kind kind, reload_fn fn, void *arg);
/* Drops the waiters with that `arg`, who want no answer any more. */
void reload_forget(struct reload *r, void *arg);
/* Cancels the running reload and queued ones, because the master stops. */
void reload_cancel(struct reload *r);
/* Kills the subprocess that reload_cancel() has asked to end. */
void reload_kill(struct reload *r);
void reload_fini(struct reload *r);

/* Takes an event; one that comes while a state is being entered is taken after that. */
void reload_dispatch(struct reload *r, enum reload_event event);
/* Records why a step fails, and the exit status of leat if there is nothing to fall back to.
 * Returns RELOAD_FAILED. */
enum reload_event reload_failed(struct reload *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Called when the workers of the retiring `g` accept nothing more. */
void reload_generation_closed(struct reload *r, const struct generation *g);
/* Called when all workers of r->next are READY, or one of them failed for `reason`. */
void reload_workers_ready(struct reload *r);
void reload_worker_failed(struct reload *r, const char *reason);

const char *reload_state_name(enum reload_state state);

#endif
