/* SPDX-License-Identifier: MIT */
/* What answers an operation: SQL, a built-in, or nothing yet. */
#ifndef LEAT_WORKERS_HANDLERS_HANDLERS_H
#define LEAT_WORKERS_HANDLERS_HANDLERS_H

#include "workers/pipeline.h"

/* The last layer: picks by the operation's binding. */
enum flow handler_run(struct request *r);

enum flow handler_sql(struct request *r);
enum flow handler_health(struct request *r);

/* Whether an x-builtin of that name exists. */
bool handler_is_builtin(const char *name);

#endif
