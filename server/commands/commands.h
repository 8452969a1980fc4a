/* SPDX-License-Identifier: MIT */
/* Runs the commands of the control socket. */
#ifndef LEAT_SERVER_COMMANDS_COMMANDS_H
#define LEAT_SERVER_COMMANDS_COMMANDS_H

#include "server/control/control.h"

/* Runs the method with `params` (may be NULL); it answers now or later. */
void command_run(struct control_client *client, const char *method, struct json_object *params,
                 struct json_object *id);

#endif
