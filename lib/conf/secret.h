/* SPDX-License-Identifier: MIT */
/* Reads a secret once a release, into a sealed memory file that the workers inherit: key files can
 * be readable for root only, and a respawned worker sees the same secret. */
#ifndef LEAT_CONF_SECRET_H
#define LEAT_CONF_SECRET_H

#include <stdbool.h>

#include "lib/core/diag.h"

/* `reference` is "env:NAME", "file:PATH" or NULL (an empty file). Sets *fd; false: `diags`. A line
 * end after the secret does not belong to it. */
bool secret_open(const char *reference, int *fd, struct diags *diags);

#endif
