/* SPDX-License-Identifier: MIT */
/* The shared memory as text in Prometheus' exposition format 0.0.4. Process-wide, so any worker
 * and the master give the same answer. */
#ifndef LEAT_SHM_METRICS_H
#define LEAT_SHM_METRICS_H

#include "lib/core/buf.h"
#include "lib/shm/layout.h"

void metrics_write(struct shm *shm, const char *version, struct buf *out);

#endif
