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
#include "lib/core/diag.h"
#include "server/generation/fleet.h"
#include "server/process/subprocess.h"
#include "server/reload/reload_waiters.h"
#include "server/sockets/listen.h"

enum reload_state {
    RELOAD_IDLE,
    RELOAD_CHECKING,
    RELOAD_REHEARSING,
    RELOAD_MIGRATING,
    RELOAD_STARTING,
    RELOAD_HANDING_OVER
};

enum reload_kind {
    RELOAD_RENEW, /* the release in force, with new shared memory, as the old is damaged */
    RELOAD_PLAIN,
    RELOAD_MIGRATE, /* rehearses pending migrations on a copy, then applies them */
    RELOAD_DRY_RUN, /* only reports what would change */
    RELOAD_KINDS
};

/* What the owner, a master, does for a reload. */
struct reload_events {
    /* Says why none may begin now, in a line; NULL: one may. */
    const char *(*refuse)(void *owner);
    /* Opens what lives as long as the master, unless it is open. Returns false, with `diags`. */
    bool (*open)(void *owner, struct json_object *config, struct diags *diags);
    /* Puts fleet->starting into service, by fleet_promote(), whose result it returns. */
    enum completion (*take_over)(void *owner);
    /* The first start failed: leat exits with `code`. */
    void (*give_up)(void *owner, int code, const char *text);
    /* A reload ended while leat stops. */
    void (*on_end)(void *owner);
};

struct reload_options {
    const struct reload_events *events;
    void *owner;
    struct fleet *fleet;
    struct listeners *listeners;
    const char *config_path;
    const char *pid_file; /* NULL: none */
    bool is_upgrade;      /* an older master's release still serves */
};

struct reload {
    struct reload_options options;
    struct fleet *fleet; /* of the options */
    enum reload_state state;
    enum reload_kind kind; /* of the running reload */
    bool is_dispatching;
    struct subprocess *subprocess;    /* of CHECKING, REHEARSING and MIGRATING */
    uv_timer_t timer;                 /* of STARTING and HANDING_OVER; in IDLE it begins the next */
    int release_fd;                   /* of CHECKING */
    uint64_t more_ms;                 /* how much longer than timeouts.check the step may take */
    const struct generation *leaving; /* of HANDING_OVER */
    int exit_code;                    /* of a first start that fails */
    uint64_t began_ns;
    struct reload_waiter *waiting; /* for the running reload */
    struct {
        bool is_wanted;
        struct reload_waiter *waiting;
    } queue[RELOAD_KINDS];
    /* The result of the last reload. */
    bool has_result, is_ok;
    uint64_t finished_real_ms, took_ms;
    struct buf text;             /* of the running reload */
    struct buf result;           /* "generation 3 serves", or the errors */
    struct json_object *changes; /* reload_changes.h; NULL: none are known */
};

void reload_init(struct reload *r, const struct reload_options *options);
/* Queues a reload. Returns NULL, and calls `fn` (may be NULL) once, in a later turn of the loop,
 * with the result of a reload that began after this call. If the request is refused it returns why,
 * in a line, and `fn` is not called. */
const char *reload_request(struct reload *r, enum reload_kind kind, reload_fn fn, void *arg);
/* Returns why a request would be refused now; NULL if it would not be. */
const char *reload_refusal(const struct reload *r);
/* Returns whether none runs and none is queued. */
bool reload_is_idle(const struct reload *r);
/* Drops the waiters with that `arg`, who want no answer any more. */
void reload_forget(struct reload *r, void *arg);
/* Cancels the running reload and queued ones, because the master stops. Waiters hear of it at
 * once. */
void reload_cancel(struct reload *r);
/* Kills the subprocess that reload_cancel() has asked to end. */
void reload_kill(struct reload *r);
/* Closes the timer, so that the loop can end. */
void reload_close(struct reload *r);
void reload_fini(struct reload *r);

/* Called when the workers of the retiring `g` accept nothing more. */
void reload_generation_closed(struct reload *r, const struct generation *g);
/* Called when all workers of fleet->starting are READY, or one of them failed for `reason`. */
void reload_workers_ready(struct reload *r);
void reload_worker_failed(struct reload *r, const char *reason);

const char *reload_state_name(enum reload_state state);

#endif
