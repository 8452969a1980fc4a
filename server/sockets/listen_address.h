/* SPDX-License-Identifier: MIT */
/* The addresses of listeners as the configuration writes them: host:port, [v6]:port, *:port, which
 * means both families, or unix:PATH. */
#ifndef LEAT_SERVER_SOCKETS_LISTEN_ADDRESS_H
#define LEAT_SERVER_SOCKETS_LISTEN_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "lib/core/fault.h"

bool address_is_unix(const char *address);
/* Returns the path of a unix socket. */
const char *address_path(const char *address);
/* Resolves host and port. Returns false with *fault on failure. */
bool address_resolve(const char *address, struct sockaddr_storage *out, socklen_t *len,
                     struct fault *fault);
/* Returns the address with the port that the socket is bound to: it differs if the port is 0. Free
 * it with free(). */
char *address_bound(const char *address, int fd);

#endif
