/* SPDX-License-Identifier: MIT */
/* Finds the control socket of the leat that is meant where the command line names none. */
#ifndef LEAT_SERVER_LEATCTL_FIND_SOCKET_H
#define LEAT_SERVER_LEATCTL_FIND_SOCKET_H

/* Returns $LEAT_SOCKET, else control.socket of ./leat.yaml, else the default. A leat.yaml of
 * another user than the caller and root is ignored, because passwords are sent to the socket. The
 * text lives as long as the process. */
const char *find_socket(void);

#endif
