/* SPDX-License-Identifier: MIT */
/* Cross-origin requests (the Fetch standard, 3.2): decides which origins' pages may call and read
 * the answer. */
#ifndef LEAT_WORKERS_LAYERS_CORS_H
#define LEAT_WORKERS_LAYERS_CORS_H

#include "workers/context.h"

/* Sets w->cors, in the worker's arena, if origins are configured. */
void cors_open(struct worker *w);

#endif
