/* SPDX-License-Identifier: MIT */
#include "server/generation/alarm.h"

#include <stdbool.h>

#include "lib/core/clock.h"
#include "lib/core/log.h"

enum { DEATHS_KEPT = 10000 }; /* the maximum of crash-limit */

static uint64_t deaths_ns[DEATHS_KEPT]; /* ring buffer; the newest is at count - 1 */
static uint64_t count;

static bool is_loop(int64_t limit, uint64_t now, int64_t window_ms)
{
    return count >= (uint64_t)limit && now - deaths_ns[(count - (uint64_t)limit) % DEATHS_KEPT] <=
                                           (uint64_t)window_ms * NS_PER_MS;
}

void alarm_count(struct ledger *l, int64_t limit, int64_t window_ms)
{
    uint64_t now = clock_ns();

    l->deaths++;
    deaths_ns[count++ % DEATHS_KEPT] = now;
    if (!l->is_alarmed && is_loop(limit, now, window_ms)) {
        l->is_alarmed = 1;
        log_error("alarm.raised", "deaths=%ld: workers keep dying; see worker.died above",
                  (long)limit);
    }
    ledger_publish(l);
}

void alarm_watch(struct ledger *l, int64_t window_ms)
{
    if (!l->is_alarmed ||
        clock_ns() - deaths_ns[(count - 1) % DEATHS_KEPT] < (uint64_t)window_ms * NS_PER_MS)
        return;
    l->is_alarmed = 0;
    ledger_publish(l);
    log_info("alarm.ended", "no worker died within crash-window");
}
