/* SPDX-License-Identifier: MIT */
/* Binds operations to what answers them: the table of built-ins, and the last layer. */
#ifndef LEAT_WORKERS_BUILTINS_H
#define LEAT_WORKERS_BUILTINS_H

#include "workers/request/flow.h"

/* Sets the handlers of all operations; call it once they are loaded. */
void builtins_bind(struct api *api);
/* Makes w->monitors from the configuration's routes, and binds all operations; call it when the
 * documentation has added its own. */
void builtins_open(struct worker *w);
/* The last layer: picks by the operation's binding. 501 where nothing answers it. */
enum flow builtins_handle(struct request *r);

/* Proves that the operation has what its built-in, if it is bound to one, needs. */
void builtins_check(const struct operation *op, struct diags *diags);
/* Returns whether that built-in asks the tables of accounts. */
bool builtins_need_accounts(const char *name);

#endif
