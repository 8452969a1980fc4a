/* SPDX-License-Identifier: MIT */
#include "server/alarm.h"

#include "lib/core/clock.h"
#include "lib/core/log.h"

enum { DEATHS_KEPT = 10000 }; /* the largest crash-limit */

static uint64_t deaths_ns[DEATHS_KEPT]; /* a ring; the newest at count - 1 */
static uint64_t count;

void alarm_count(struct shm *shm, int64_t limit, int64_t window_ms)
{
    uint64_t now = clock_ns(), first;

    atomic_fetch_add(&shm->master.deaths, 1);
    deaths_ns[count++ % DEATHS_KEPT] = now;
    if (count < (uint64_t)limit || atomic_load(&shm->master.is_alarmed))
        return;
    first = deaths_ns[(count - (uint64_t)limit) % DEATHS_KEPT];
    if (now - first > (uint64_t)window_ms * NS_PER_MS)
        return;
    atomic_store(&shm->master.is_alarmed, 1);
    log_error("alarm.raised", "%ld workers died within crash-window: see worker.died above",
              (long)limit);
}

void alarm_watch(struct shm *shm, int64_t window_ms)
{
    if (!atomic_load(&shm->master.is_alarmed) ||
        clock_ns() - deaths_ns[(count - 1) % DEATHS_KEPT] < (uint64_t)window_ms * NS_PER_MS)
        return;
    atomic_store(&shm->master.is_alarmed, 0);
    log_info("alarm.ended", "no worker died within crash-window");
}
