/* SPDX-License-Identifier: MIT */
#include "server/sockets/refuse_clients.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REFUSALS_MAX = 1024 };

static const char unavailable[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                  "Retry-After: 1\r\n"
                                  "Content-Length: 0\r\n"
                                  "Connection: close\r\n\r\n";

static bool refuse_one(const struct listener *item)
{
    int fd = accept4(item->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return false;
    if (!item->is_tls)
        send(fd, unavailable, sizeof(unavailable) - 1, MSG_NOSIGNAL);
    close(fd);
    return true;
}

void refuse_waiting(const struct listeners *l)
{
    for (const struct listener *item = l->first; item; item = item->next) {
        fcntl(item->fd, F_SETFL,
              O_NONBLOCK); /* workers share the socket, and could have changed it */
        for (int i = 0; i < REFUSALS_MAX && refuse_one(item); i++)
            ;
    }
}
