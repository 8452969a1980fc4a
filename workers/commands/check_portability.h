/* SPDX-License-Identifier: MIT */
#ifndef LEAT_WORKERS_COMMANDS_CHECK_PORTABILITY_H
#define LEAT_WORKERS_COMMANDS_CHECK_PORTABILITY_H

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Reports as errors what PostgreSQL 15 would refuse, or read otherwise, in the statements of the
 * documents and in the migrations (NULL: there are none), each at its own line and column. */
void check_portability(struct json_object *documents, struct json_object *migrations,
                       struct diags *diags);

#endif
