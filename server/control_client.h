/* SPDX-License-Identifier: MIT */
/* One connection to the control socket: reads lines, runs commands, knows who the peer is. What
 * commands may call is in control.h. */
#ifndef LEAT_SERVER_CONTROL_CLIENT_H
#define LEAT_SERVER_CONTROL_CLIENT_H

#include "server/control.h"

struct control_client;

/* Takes the connection that waits at the socket. */
void client_accept(struct control *c);
void client_close(struct control_client *client);
/* Answers those who wait for the end of the drain. */
void client_tell_drained(struct control *c, const char *text);

#endif
