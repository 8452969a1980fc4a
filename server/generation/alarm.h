/* SPDX-License-Identifier: MIT */
/* The alarm of a crash loop: raised when many workers die in a short time, ended by a time without
 * a death. Its state is in the ledger, for the metrics. */
#ifndef LEAT_SERVER_GENERATION_ALARM_H
#define LEAT_SERVER_GENERATION_ALARM_H

#include <stdint.h>

#include "server/generation/ledger.h"

/* Counts the death of a worker: `limit` deaths within `window_ms` raise the alarm. */
void alarm_count(struct ledger *l, int64_t limit, int64_t window_ms);
/* Ends the alarm `window_ms` after the last death. Call it each second. */
void alarm_watch(struct ledger *l, int64_t window_ms);

#endif
