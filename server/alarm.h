/* SPDX-License-Identifier: MIT */
/* The alarm of a crash loop: raised by many deaths of workers in a short time, ended by a time
 * without one. Its state is in the ledger, for the metrics. */
#ifndef LEAT_SERVER_ALARM_H
#define LEAT_SERVER_ALARM_H

#include <stdint.h>

#include "server/ledger.h"

/* A worker died: `limit` deaths within `window_ms` raise the alarm. */
void alarm_count(struct ledger *l, int64_t limit, int64_t window_ms);
/* Ends it `window_ms` after the last death. Call it each second. */
void alarm_watch(struct ledger *l, int64_t window_ms);

#endif
