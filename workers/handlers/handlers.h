/* SPDX-License-Identifier: MIT */
/* Declares the handlers of operations for the table of workers/builtins.c. */
#ifndef LEAT_WORKERS_HANDLERS_HANDLERS_H
#define LEAT_WORKERS_HANDLERS_HANDLERS_H

#include "workers/request/flow.h"

enum flow handler_sql(struct request *r);
enum flow handler_docs(struct request *r);
enum flow handler_live(struct request *r);
enum flow handler_ready(struct request *r);
enum flow handler_metrics(struct request *r);

#endif
