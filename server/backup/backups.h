/* SPDX-License-Identifier: MIT */
/*
 * Backups, one at a time: those that leatctl asks for, and those of the schedule (`backup` in the
 * configuration). Each is a subprocess of leat-worker, because the master touches neither the
 * database nor the folder of the backups. That folder says when the next one is due: the subprocess
 * looks there, makes it or does not, and answers how long to wait.
 *
 *     OFF ──configured──▶ WAITING ──timer──▶ RUNNING ──answer: due in …──▶ WAITING
 *                            ▲                  └──failed: again, later and later──┘
 *                            └── a reload that changed `backup` or the database: at once
 */
#ifndef LEAT_SERVER_BACKUP_BACKUPS_H
#define LEAT_SERVER_BACKUP_BACKUPS_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "lib/core/slice.h"
#include "server/generation/fleet.h"
#include "server/process/subprocess.h"

/* Receives the answer (JSON) of a backup, or else the reason why there is none. */
typedef void (*backup_fn)(void *arg, bool ok, struct slice text);

/* A backup that leatctl asks for. */
struct backup_request {
    char *path; /* NULL: there is none */
    bool replaces;
    backup_fn fn; /* NULL: nobody waits for the answer */
    void *arg;
};

struct backups {
    struct fleet *fleet;
    void *owner;
    void (*on_end)(void *owner);         /* one has ended */
    uv_timer_t timer;                    /* until the next of the schedule */
    struct subprocess *running;          /* or NULL */
    bool is_scheduled;                   /* the running one */
    bool is_changed;                     /* the schedule has changed since it was started */
    struct backup_request current, next; /* `next` waits until the running one has ended */
    char *plan;           /* the schedule in force, as text, to see changes; NULL: none */
    uint64_t again_ms;    /* pause after the last failure; 0: the last one succeeded */
    uint64_t due_real_ms; /* when the next is due; 0: unknown */
    char *failure;        /* of the last of the schedule; NULL: it succeeded */
};

void backups_init(struct backups *b, struct fleet *fleet, void *owner, void (*on_end)(void *owner));
/* Follows the configuration of `fleet->current`, after it has taken over. */
void backups_configure(struct backups *b);
/* Begins a backup to `path`, after the one that may be running. Returns NULL, and calls `fn` later,
 * or the reason why there will be none. */
const char *backups_request(struct backups *b, const char *path, bool replaces, backup_fn fn,
                            void *arg);
/* Drops the request with that `arg`; its backup goes on. */
void backups_forget(struct backups *b, const void *arg);
/* Appends `,"backup":{…}`, the last backup and the next, if there are backups at all. */
void backups_describe(const struct backups *b, struct buf *out);
bool backups_are_idle(const struct backups *b);
/* Asks the running one to end and begins no other. */
void backups_cancel(struct backups *b);
void backups_kill(struct backups *b);
/* Closes the timer, so that the loop can end. */
void backups_close(struct backups *b);
void backups_fini(struct backups *b);

#endif
