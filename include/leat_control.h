/* SPDX-License-Identifier: MIT */
/*
 * The protocol of Leat's control socket, for leat, leatctl and any other client: JSON-RPC 2.0, one
 * object a line in each direction, on a unix socket. See leatctl(8).
 */
#ifndef LEAT_CONTROL_H
#define LEAT_CONTROL_H

/* The socket's path unless control.socket names another. */
#define LEAT_CONTROL_SOCKET "/run/leat/leat.sock"

enum {
    LEAT_CONTROL_LINE_MAX = 65536, /* bytes of a request line; a longer one ends the connection */

    /* Error codes: those of JSON-RPC 2.0, 5.1, and two of Leat. */
    LEAT_CONTROL_PARSE = -32700,   /* not JSON */
    LEAT_CONTROL_REQUEST = -32600, /* not a JSON-RPC 2.0 request */
    LEAT_CONTROL_METHOD = -32601,  /* no such method */
    LEAT_CONTROL_PARAMS = -32602,  /* a parameter is missing, unknown or of the wrong type */
    LEAT_CONTROL_DENIED = -32001,  /* see control.admins, control.readers */
    LEAT_CONTROL_FAILED = -32000,  /* the method failed; the message says why */
};

#endif
