/* SPDX-License-Identifier: MIT */
/* The Location of an answer, from the template of its operation and the row. */
#ifndef LEAT_WORKERS_HANDLERS_ANSWER_LOCATION_H
#define LEAT_WORKERS_HANDLERS_ANSWER_LOCATION_H

#include "workers/request/request.h"

/* Returns the Location, in the arena; data is NULL if there is none, or if the row's values make it
 * one that no request could reach: an empty segment, "..", or a slash. Only reads the request, so
 * any thread may call it. */
struct slice location_of(const struct request *r, struct arena *arena);

#endif
