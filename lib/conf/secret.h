/* SPDX-License-Identifier: MIT */
/*
 * The contents of what the configuration refers to (env:NAME, file:PATH): secrets, keys and
 * certificates. The master reads each once per release, into a sealed memory file that the workers
 * inherit. So key files need to be readable only by root, and a respawned worker sees the same
 * bytes. The type SECRET of conf_types.def refuses a secret that is written in the file itself.
 */
#ifndef LEAT_CONF_SECRET_H
#define LEAT_CONF_SECRET_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/core/slice.h"

/* Reads every secret and PEM file that `config` refers to and sets *fd to the sealed file. A line
 * end after a secret is removed. On failure returns false with *fd -1; `diags` then names key and
 * reference. */
bool secret_collect(struct json_object *config, int *fd, struct diags *diags);
/* Returns the bytes of `reference` in the mapped file. data is NULL if it has none, or if
 * `reference` is NULL. */
struct slice secret_find(struct slice file, const char *reference);

#endif
