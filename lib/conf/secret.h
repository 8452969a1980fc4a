/* SPDX-License-Identifier: MIT */
/*
 * What the configuration only refers to (env:NAME, file:PATH): secrets, keys and certificates. The
 * master reads each once a release, into a sealed memory file that the workers inherit: key files
 * can be readable for root only, and a respawned worker sees the same bytes.
 */
#ifndef LEAT_CONF_SECRET_H
#define LEAT_CONF_SECRET_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/core/slice.h"

/* Reads every secret and PEM file that `config` refers to. Sets *fd to the sealed file; false (*fd
 * is -1): `diags` names key and reference. A line end after a secret does not belong to it. */
bool secret_collect(struct json_object *config, int *fd, struct diags *diags);
/* The bytes of `reference` (NULL: nothing) in the mapped file; data is NULL where it has none. */
struct slice secret_find(struct slice file, const char *reference);

#endif
