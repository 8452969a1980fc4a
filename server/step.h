/* SPDX-License-Identifier: MIT */
/* The steps of a reload. Each begins something and returns; sooner or later, perhaps at once, it
 * calls reload_done() or reload_fail(). STARTING ends when the generation says so. */
#ifndef LEAT_SERVER_STEP_H
#define LEAT_SERVER_STEP_H

struct reload;

/* Builds the release in a child, opens what it needs: r->next. */
void step_check(struct reload *r);
/* Tries the pending migrations on a copy, with the statements of both releases. */
void step_rehearse(struct reload *r);
/* Applies them. */
void step_migrate(struct reload *r);
/* Starts the workers of r->next, which accept nothing yet. */
void step_start(struct reload *r);

#endif
