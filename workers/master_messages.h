/* SPDX-License-Identifier: MIT */
/* What the master tells a worker over the channel (lib/core/channel.h). */
#ifndef LEAT_WORKERS_MASTER_MESSAGES_H
#define LEAT_WORKERS_MASTER_MESSAGES_H

#include "workers/context.h"

/* Listens to the channel from now on. */
void orders_start(struct worker *w);

#endif
