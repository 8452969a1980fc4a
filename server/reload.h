/* SPDX-License-Identifier: MIT */
/*
 * A reload is a transaction: it ends with every new worker READY, or changes nothing. The first
 * start is the same, with nothing to fall back to. reload.c has this as one table:
 *
 *          BEGIN            DONE             DONE             DONE            READY
 *     IDLE ───────▶ CHECKING ─────▶ REHEARSING ─────▶ MIGRATING ─────▶ STARTING ────▶ HANDING_OVER
 *      ▲              │ │ │ --migrate only               ▲               ▲                │ DONE
 *      │              │ │ └─on-start, at the first start─┘               │                ▼
 *      │    --dry-run │ └─otherwise──────────────────────────────────────┘               IDLE
 *      └──────────────┴◀── FAILED: any step, a worker, a timeout, or a stop undoes it all
 *
 * A renewal, for damaged shared memory, goes from IDLE to STARTING: it has its release already.
 *
 * In HANDING_OVER the new workers accept; it ends when the old ones do not any more, so that
 * whoever waited for the reload meets none of them.
 *
 * A request while one runs is remembered, and answered by one more of its kind that runs after it.
 * While leat stops or is upgraded, requests are refused.
 */
#ifndef LEAT_SERVER_RELOAD_H
#define LEAT_SERVER_RELOAD_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/buf.h"
#include "server/generation.h"
#include "server/subprocess.h"

struct master;

enum reload_state {
    RELOAD_IDLE,
    RELOAD_CHECKING,
    RELOAD_REHEARSING,
    RELOAD_MIGRATING,
    RELOAD_STARTING,
    RELOAD_HANDING_OVER
};

/* What moves it on. A function that enters a state returns the next event, where that is known at
 * once, or RELOAD_LATER: then reload_dispatch() is called with it. */
enum reload_event { RELOAD_LATER, RELOAD_BEGIN, RELOAD_DONE, RELOAD_READY, RELOAD_FAILED };

enum reload_kind {
    RELOAD_RENEW, /* the release that is in force, with new shared memory: the old is damaged */
    RELOAD_PLAIN,
    RELOAD_MIGRATE, /* rehearses pending migrations on a copy, and applies them */
    RELOAD_DRY_RUN, /* only says what would change */
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
    enum reload_kind kind;       /* of the one that runs */
    enum reload_event postponed; /* came while a state was being entered */
    bool is_dispatching;
    struct subprocess *subprocess; /* of CHECKING, REHEARSING and MIGRATING */
    uv_timer_t timer;              /* of STARTING and HANDING_OVER */
    int release_fd;                /* of CHECKING */
    struct generation *next;
    const struct generation *leaving; /* HANDING_OVER */
    int exit_code;                    /* of a first start that fails */
    uint64_t began_ns;
    struct reload_waiter *waiting; /* for this one */
    struct {
        bool is_wanted;
        struct reload_waiter *waiting;
    } later[RELOAD_KINDS];
    /* The last one's result. */
    bool has_result, is_ok;
    uint64_t finished_real_ms, took_ms;
    struct buf text;   /* of the one that runs */
    struct buf result; /* "generation 3 serves", or the errors */
};

void reload_init(struct reload *r, struct master *m);
/* Begins, or remembers. `fn` (may be NULL) is called once with the result of a reload that began
 * after this call. */
void reload_request(struct reload *r, enum reload_kind kind, reload_fn fn, void *arg);
/* Nobody waits for the answer any more. */
void reload_forget(struct reload *r, void *arg);
/* Gives up what runs: the master stops. */
void reload_cancel(struct reload *r);
/* Ends at once what reload_cancel() has left to end by itself. */
void reload_kill(struct reload *r);
void reload_fini(struct reload *r);

/* Moves on; an event that comes while a state is being entered is taken after that. */
void reload_dispatch(struct reload *r, enum reload_event event);
/* Notes why a step fails, and the exit status of leat where it has nothing to fall back to. Returns
 * RELOAD_FAILED. */
enum reload_event reload_failed(struct reload *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The workers of `g`, which retires, accept nothing more. */
void reload_generation_closed(struct reload *r, const struct generation *g);
/* The workers of r->next are all READY; or one of them never will be, for `reason`. */
void reload_workers_ready(struct reload *r);
void reload_worker_failed(struct reload *r, const char *reason);

const char *reload_state_name(enum reload_state state);

#endif
