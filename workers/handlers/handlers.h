/* SPDX-License-Identifier: MIT */
/* What answers an operation: SQL, a built-in, or nothing yet. */
#ifndef LEAT_WORKERS_HANDLERS_HANDLERS_H
#define LEAT_WORKERS_HANDLERS_HANDLERS_H

#include "workers/pipeline.h"

/* The operations that no document has: for balancers and monitors, and who verifies tokens. */
enum monitor { MONITOR_LIVE, MONITOR_READY, MONITOR_METRICS, MONITOR_JWKS, MONITOR_COUNT };

/* The last layer: picks by the operation's binding. */
enum flow handler_run(struct request *r);

enum flow handler_sql(struct request *r);
enum flow handler_live(struct request *r);
enum flow handler_ready(struct request *r);
enum flow handler_metrics(struct request *r);

/* Proves that the operation has what its built-in, if it is bound to one, needs. */
void handler_check(const struct operation *op, struct diags *diags);
/* Whether that built-in asks the tables of accounts. */
bool handler_needs_accounts(const char *name);
/* Whether it watches the server: such requests are not turned away for its load. */
bool handler_is_monitor(const struct operation *op);
/* Sets w->monitors from the configuration's routes. */
void handler_add_monitors(struct worker *w);

#endif
