/* SPDX-License-Identifier: MIT */
/* The part of the shared memory (layout.h) that counts what has no table of its own. */
#ifndef LEAT_SHM_LAYOUT_COUNTS_H
#define LEAT_SHM_LAYOUT_COUNTS_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/core/reason.h"

enum shm_count {
#define COUNT(name, metric, help) COUNT_##name,
#include "lib/shm/counts.def"
#undef COUNT
    COUNT_COUNT
};

enum shm_gauge {
#define GAUGE(name, combination) GAUGE_##name,
#include "lib/shm/gauges.def"
#undef GAUGE
    GAUGE_COUNT
};

enum { CERTIFICATE_WARN_S = 21 * 24 * 3600 }; /* how long before its end an operator is warned */

/* Failed requests and closed connections by enum reason; none counts REASON_NONE. They are few, so
 * the workers share the counters. */
struct shm_reasons {
    _Atomic uint64_t failed[REASON_COUNT], closed[REASON_COUNT];
};

#endif
