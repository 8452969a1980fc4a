/* SPDX-License-Identifier: MIT */
/* Binds operations to the functions that answer them: the table of built-ins, and the last
 * layer. */
#ifndef LEAT_WORKERS_BUILTINS_H
#define LEAT_WORKERS_BUILTINS_H

#include "workers/request/flow.h"

/* Sets the handlers of all operations; call it once they are loaded. */
void builtins_bind(struct api *api);
/* Makes w->monitors from the configuration's routes, and binds all operations; call it after the
 * documentation has added its own. */
void builtins_open(struct worker *w);
/* A layer: refuses what nothing answers (501), and callers that a built-in does not take (401,
 * 403). */
enum flow builtins_admit(struct request *r);
/* The last layer: dispatches by the operation's binding. */
enum flow builtins_handle(struct request *r);

/* Checks that the operation has what its built-in needs, if it is bound to one. */
void builtins_check(const struct operation *op, struct diags *diags);
/* Returns whether the built-in needs the tables of accounts. */
bool builtins_need_accounts(const char *name);

#endif
