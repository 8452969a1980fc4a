/* SPDX-License-Identifier: MIT */
/* Writes the shared memory in Prometheus' text exposition format 0.0.4. The memory is shared by all
 * processes, so any worker and the master give the same answer. */
#ifndef LEAT_SHM_METRICS_H
#define LEAT_SHM_METRICS_H

#include "lib/core/buf.h"
#include "lib/shm/layout.h"

/* Appends all metrics; `version` becomes a label of leat_info. */
void metrics_write(struct shm *shm, const char *version, struct buf *out);

#endif
