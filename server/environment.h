/* SPDX-License-Identifier: MIT */
/* The environment that children get: without the secrets that the configuration takes from it
 * (env:NAME), which the master alone reads and hands on in a sealed file (lib/conf/secret.h). */
#ifndef LEAT_SERVER_ENVIRONMENT_H
#define LEAT_SERVER_ENVIRONMENT_H

#include <stdbool.h>

#include <json-c/json.h>

/* Hides each variable that the file at `path` names as env:NAME, whatever else it says: a check is
 * to be started, and only it can read the file for what it is. It stays hidden, also where no
 * configuration names it any more. False and errno: no descriptor or
 * memory is free; a file that cannot be read otherwise is the check's to report. */
bool environment_hide_named(const char *path);
/* Hides each variable that the configuration takes. */
void environment_hide_secrets(struct json_object *config);
/* Returns what is left, NULL-terminated; the caller's, but not the strings. For free(). */
char **environment_visible(void);

#endif
