/* SPDX-License-Identifier: MIT */
/* The steps of a reload: what is done on entering a state. Each begins something and returns
 * RELOAD_LATER, or RELOAD_FAILED where it cannot be begun, for the reason that it has noted. */
#ifndef LEAT_SERVER_RELOAD_STEPS_H
#define LEAT_SERVER_RELOAD_STEPS_H

#include "server/reload.h"

/* Builds the release in a child, then opens what it needs: r->next. */
enum reload_event step_check(struct reload *r);
/* Tries the pending migrations on a copy, with the statements of both releases. */
enum reload_event step_rehearse(struct reload *r);
/* Applies them. */
enum reload_event step_migrate(struct reload *r);
/* Starts workers of the release that is in force anew, with new shared memory. */
enum reload_event step_renew(struct reload *r);
/* Starts the workers of r->next, which accept nothing yet. */
enum reload_event step_start(struct reload *r);

#endif
