/* SPDX-License-Identifier: MIT */
/* Converts the words of leatctl's command line to the parameters that verbs.def declares. */
#ifndef LEAT_SERVER_LEATCTL_ARGUMENTS_H
#define LEAT_SERVER_LEATCTL_ARGUMENTS_H

#include <stdbool.h>

#include <json-c/json.h>

/* Converts the words after a command that takes `arguments`; the caller's. Returns NULL if they do
 * not match. */
struct json_object *arguments_read(const char *arguments, char **words, int count);
/* Adds the secret parameters, each a line of standard input, read without echo. Returns false if
 * one was typed differently the second time. */
bool arguments_add_secrets(const char *arguments, struct json_object *params);

#endif
