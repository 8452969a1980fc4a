/* SPDX-License-Identifier: MIT */
/* The events of a reload, and its steps: the work done on entering a state.
 * Internal to server/reload. */
#ifndef LEAT_SERVER_RELOAD_RELOAD_STEPS_H
#define LEAT_SERVER_RELOAD_RELOAD_STEPS_H

#include "server/reload/reload.h"

/* The events. A function that enters a state returns the next event if it is known at once, or
 * RELOAD_LATER; then reload_dispatch() is called with it later. */
enum reload_event { RELOAD_LATER, RELOAD_BEGIN, RELOAD_DONE, RELOAD_READY, RELOAD_FAILED };

/* Takes an event. Never called while a state is being entered: a step that ends at once returns its
 * event. */
void reload_dispatch(struct reload *r, enum reload_event event);
/* Records why a step fails, and the exit status of leat if there is nothing to fall back to.
 * Returns RELOAD_FAILED. */
enum reload_event reload_failed(struct reload *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Each step starts something and returns RELOAD_LATER, or RELOAD_FAILED if it cannot be started,
 * after recording the reason. */

/* Builds the release in a subprocess, then opens what it needs: fleet->starting. */
enum reload_event reload_step_check(struct reload *r);
/* Rehearses the pending migrations on a copy, with the statements of both releases. */
enum reload_event reload_step_rehearse(struct reload *r);
/* Applies the migrations. */
enum reload_event reload_step_migrate(struct reload *r);
/* Starts workers of the release in force, with new shared memory. */
enum reload_event reload_step_renew(struct reload *r);
/* Starts the workers of fleet->starting, which accept nothing yet. */
enum reload_event reload_step_start(struct reload *r);

#endif
