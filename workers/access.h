/* SPDX-License-Identifier: MIT */
/* The end of a request for those who watch: one log line, the counters. */
#ifndef LEAT_WORKERS_ACCESS_H
#define LEAT_WORKERS_ACCESS_H

#include "workers/request.h"

void access_log(const struct request *r);

#endif
