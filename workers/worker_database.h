/* SPDX-License-Identifier: MIT */
/* Opens the worker's database as its configuration says, and closes it. */
#ifndef LEAT_WORKERS_WORKER_DATABASE_H
#define LEAT_WORKERS_WORKER_DATABASE_H

#include "workers/context.h"

/* Sets w->db, whose answers the loop delivers from then on, and the key of cursors. Does nothing if
 * no plan needs a database. Returns false with the reason in `diags`. */
bool worker_database_open(struct worker *w, struct diags *diags);
void worker_database_close(struct worker *w);

#endif
