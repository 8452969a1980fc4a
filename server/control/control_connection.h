/* SPDX-License-Identifier: MIT */
/* A connection to the control socket: reads lines, runs commands, and knows the peer. The functions
 * for commands are in control.h. */
#ifndef LEAT_SERVER_CONTROL_CONTROL_CONNECTION_H
#define LEAT_SERVER_CONTROL_CONTROL_CONNECTION_H

#include "server/control/control.h"

struct control_connection;

/* Accepts the connection that waits at the socket. */
void control_connection_accept(struct control *c);
void control_connection_close(struct control_connection *client);
/* Answers the clients that wait for the end of the drain. */
void control_connection_tell_drained(struct control *c, const char *text);

#endif
