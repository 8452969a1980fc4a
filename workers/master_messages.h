/* SPDX-License-Identifier: MIT */
/* Handles the messages of the master on the channel (lib/core/channel.h). */
#ifndef LEAT_WORKERS_MASTER_MESSAGES_H
#define LEAT_WORKERS_MASTER_MESSAGES_H

#include "workers/context.h"

/* Starts listening to the channel. */
void master_messages_start(struct worker *w);

#endif
