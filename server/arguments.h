/* SPDX-License-Identifier: MIT */
/* What leatctl was given for a command, as the parameters that verbs.def wants. */
#ifndef LEAT_SERVER_ARGUMENTS_H
#define LEAT_SERVER_ARGUMENTS_H

#include <stdbool.h>

#include <json-c/json.h>

/* The words behind a command that takes `arguments`; the caller's. NULL: they are not what it
 * takes. */
struct json_object *arguments_read(const char *arguments, char **words, int count);
/* Adds what is secret: a line of standard input each, without an echo. False: typed differently. */
bool arguments_add_secrets(const char *arguments, struct json_object *params);

#endif
