/* SPDX-License-Identifier: MIT */
/* Warns of TLS certificates that expire soon. */
#ifndef LEAT_WORKERS_COMMANDS_CERTIFICATES_H
#define LEAT_WORKERS_COMMANDS_CERTIFICATES_H

#include <json-c/json.h>

#include "lib/core/diag.h"

/* Adds a warning for each certificate of a listener that has expired, or will within
 * CERTIFICATE_WARN_S. Those that cannot be read are skipped: whoever loads them reports that. */
void certificates_check(struct json_object *config, struct diags *diags);

#endif
