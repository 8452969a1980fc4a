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

/* Failed requests and closed connections by enum reason; none counts REASON_NONE. They are few, so
 * that the workers share the counters. */
struct shm_reasons {
    _Atomic uint64_t failed[REASON_COUNT], closed[REASON_COUNT];
};

#endif
