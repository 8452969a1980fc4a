/* SPDX-License-Identifier: MIT */
/* The environment of children. It lacks the secrets that the configuration takes from it
 * (env:NAME); only the master reads those, and hands them on in a sealed file
 * (lib/conf/secret.h). */
#ifndef LEAT_SERVER_PROCESS_ENVIRONMENT_H
#define LEAT_SERVER_PROCESS_ENVIRONMENT_H

#include <stdbool.h>

#include <json-c/json.h>

/* Hides each variable that the file at `path` names as env:NAME, anywhere in its text: a check is
 * about to be started, and only the check can parse the file. A variable stays hidden even if a
 * later configuration does not name it. Returns false, and sets errno, if no descriptor or memory
 * is free; other reasons why the file cannot be read are left for the check to report. */
bool environment_hide_named(const char *path);
/* Hides each variable that the configuration takes. */
void environment_hide_secrets(struct json_object *config);
/* Returns the visible variables, NULL-terminated. The array is the caller's to free(), the strings
 * are not. */
char **environment_visible(void);

#endif
