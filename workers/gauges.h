/* SPDX-License-Identifier: MIT */
/* Publishes in shared memory what the worker holds: memory, descriptors, and waiting jobs. */
#ifndef LEAT_WORKERS_GAUGES_H
#define LEAT_WORKERS_GAUGES_H

#include "workers/context.h"

/* Publishes it; call it each second. Looks after heap and database too. */
void gauges_tick(struct worker *w);

#endif
