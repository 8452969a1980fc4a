/* SPDX-License-Identifier: MIT */
/* Keeps the Location of an answer to paths that the API serves. */
#ifndef LEAT_API_OPERATION_LOCATION_H
#define LEAT_API_OPERATION_LOCATION_H

#include "lib/api/operation/operation.h"

/* Finds out which operations' locations have a path in the API, whose routes are complete, and
 * warns of the others. `diags` may be NULL. */
void location_check(struct api *api, struct diags *diags);
/* Returns true if a GET of the location, which begins with the mount, would reach an operation. A
 * location that has no path in the API is only required to be well-formed. */
bool location_is_served(const struct api *api, const struct operation *op, struct slice location,
                        struct arena *arena);

#endif
