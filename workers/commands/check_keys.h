/* SPDX-License-Identifier: MIT */
/* Proves the keys of identity: whether a worker can read its own and those of other issuers. */
#ifndef LEAT_WORKERS_COMMANDS_CHECK_KEYS_H
#define LEAT_WORKERS_COMMANDS_CHECK_KEYS_H

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Reports what keeps a worker from starting with these keys. Says nothing if one of them is out of
 * reach here: a variable may be in the server's environment alone, and a key file may be made by the
 * start. */
void check_keys(struct json_object *config, struct diags *diags);

#endif
