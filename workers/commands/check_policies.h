/* SPDX-License-Identifier: MIT */
/* Checks the row security that a server keeps in its database. SQLite's is in each connection. */
#ifndef LEAT_WORKERS_COMMANDS_CHECK_POLICIES_H
#define LEAT_WORKERS_COMMANDS_CHECK_POLICIES_H

#include <json-c/json.h>

#include "lib/api/operation/operation.h"

/* Warns if it is not in force. A reload with --migrate puts it there, so this is no error. */
void check_policies(struct json_object *config, struct json_object *documents, struct diags *diags);
/* Checks that operations which see all rows have a role as which they do: policies bind all others. */
void check_unrestricted_role(struct json_object *config, const struct api *api,
                             struct diags *diags);

#endif
