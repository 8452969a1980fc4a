/* SPDX-License-Identifier: MIT */
#include "server/sockets/refuse_clients.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REFUSALS_MAX = 1024, INPUT_READS = 16 };

static const char unavailable[] = "HTTP/1.1 503 Service Unavailable\r\n"
                                  "Retry-After: 1\r\n"
                                  "Content-Length: 0\r\n"
                                  "Connection: close\r\n\r\n";

/* The alert internal_error (RFC 8446, 6), unencrypted, as before the server's first message. */
static const char alert[] = "\x15\x03\x03\x00\x02\x02\x50";

/* Discards what the client has sent, because to close a socket with unread input resets it. */
static void discard_input(int fd)
{
    char skipped[4096];

    for (int i = 0; i < INPUT_READS && recv(fd, skipped, sizeof(skipped), MSG_DONTWAIT) > 0; i++)
        ;
}

static bool refuse_one(const struct listener *item)
{
    int fd = accept4(item->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return false;
    if (item->is_tls)
        send(fd, alert, sizeof(alert) - 1, MSG_NOSIGNAL);
    else
        send(fd, unavailable, sizeof(unavailable) - 1, MSG_NOSIGNAL);
    discard_input(fd);
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
