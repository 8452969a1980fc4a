/* SPDX-License-Identifier: MIT */
/* Prints the results of leatctl's commands as tables of at most 80 columns. */
#ifndef LEAT_SERVER_LEATCTL_TABLE_H
#define LEAT_SERVER_LEATCTL_TABLE_H

#include <json-c/json.h>

/* Prints the result of the command to standard output. */
void print_table(const char *command, struct json_object *result);

#endif
