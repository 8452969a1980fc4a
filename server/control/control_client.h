/* SPDX-License-Identifier: MIT */
/* A connection to the control socket: reads lines, runs commands, and knows the peer. The functions
 * for commands are in control.h. */
#ifndef LEAT_SERVER_CONTROL_CONTROL_CLIENT_H
#define LEAT_SERVER_CONTROL_CONTROL_CLIENT_H

#include "server/control/control.h"

struct control_client;

/* Accepts the connection that waits at the socket. */
void control_client_accept(struct control *c);
void control_client_close(struct control_client *client);
/* Answers the clients that wait for the end of the drain. */
void control_client_tell_drained(struct control *c, const char *text);

#endif
