/* SPDX-License-Identifier: MIT */
/*
 * The lingering close (RFC 9112, 9.6). Closing a socket while the client still sends resets the
 * connection, and the reset overtakes the answer: the client sees a failure instead of, say, a 413.
 * So when the server wants to end a connection, it shuts only its own side first, and discards what
 * still arrives until the client closes or the time allowed for a whole body has passed.
 *
 * libh2o knows nothing of this and closes its descriptor; a duplicate keeps the socket open. If
 * none can be made, the connection does not linger.
 */
#include "workers/http/connection.h"

#include <fcntl.h>
#include <sys/socket.h>

enum { SILENCE_MS = 1000 }; /* longest gap between packets of a client that still sends */

void linger_prepare(struct connection *c)
{
    if (c->last_fd < 0)
        c->last_fd = fcntl(h2o_socket_get_fd(c->sock), F_DUPFD_CLOEXEC, 0);
}

static void on_rest(h2o_socket_t *sock, const char *err)
{
    struct connection *c = sock->data;

    if (err) {
        h2o_socket_close(sock);
        return;
    }
    c->heard_ns = clock_ns();
    h2o_buffer_consume(&sock->input, sock->input->size);
}

enum completion linger_begin(struct connection *c)
{
    int fd = c->last_fd;

    if (fd < 0)
        return DONE;
    c->last_fd = -1;
    c->is_lingering = true;
    c->heard_ns = clock_ns();
    shutdown(fd, SHUT_WR);
    connection_set_socket(c, fd, H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    h2o_socket_read_start(c->sock, on_rest);
    return LATER;
}

bool linger_is_busy(const struct connection *c)
{
    return connection_is_discarding(c) && clock_ns() - c->heard_ns < SILENCE_MS * NS_PER_MS;
}
