/* SPDX-License-Identifier: MIT */
/* The alarm of a crash loop: raised by many deaths of workers in a short time, ended by a time
 * without one. Its state is in shared memory, for the metrics. */
#ifndef LEAT_SERVER_ALARM_H
#define LEAT_SERVER_ALARM_H

#include <stdint.h>

#include "lib/shm/layout.h"

/* A worker died: `limit` deaths within `window_ms` raise the alarm. */
void alarm_count(struct shm *shm, int64_t limit, int64_t window_ms);
/* Ends it `window_ms` after the last death. Call it each second. */
void alarm_watch(struct shm *shm, int64_t window_ms);

#endif
