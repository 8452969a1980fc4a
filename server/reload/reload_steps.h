/* SPDX-License-Identifier: MIT */
/* The steps of a reload: the work done on entering a state. Each starts something and returns
 * RELOAD_LATER, or RELOAD_FAILED if it cannot be started, after recording the reason. */
#ifndef LEAT_SERVER_RELOAD_RELOAD_STEPS_H
#define LEAT_SERVER_RELOAD_RELOAD_STEPS_H

#include "server/reload/reload.h"

/* Builds the release in a subprocess, then opens what it needs: r->next. */
enum reload_event reload_step_check(struct reload *r);
/* Rehearses the pending migrations on a copy, with the statements of both releases. */
enum reload_event reload_step_rehearse(struct reload *r);
/* Applies the migrations. */
enum reload_event reload_step_migrate(struct reload *r);
/* Starts workers of the release in force, with new shared memory. */
enum reload_event reload_step_renew(struct reload *r);
/* Starts the workers of r->next, which accept nothing yet. */
enum reload_event reload_step_start(struct reload *r);

#endif
