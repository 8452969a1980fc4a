/* SPDX-License-Identifier: MIT */
/* Refuses clients while no worker lives: without this they would wait in the backlog, and a load
 * balancer would not try another server. */
#ifndef LEAT_SERVER_SOCKETS_REFUSE_CLIENTS_H
#define LEAT_SERVER_SOCKETS_REFUSE_CLIENTS_H

#include "server/sockets/listen.h"

/* Accepts the connections that wait, at most 1024 a listener, and closes each after a 503,
 * or after an alert on a listener with TLS. What they have sent is discarded unread, so that the
 * close is no reset. */
void refuse_waiting(const struct listeners *l);

#endif
