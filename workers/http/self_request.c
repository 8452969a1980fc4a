/* SPDX-License-Identifier: MIT */
/* The request that a worker makes to itself before it reports READY, over a socket pair, through
 * h2o and every layer. */
#include "workers/http/connection.h"

#include <sys/socket.h>
#include <unistd.h>

static const struct worker_listener listener = {.address = "itself", .serve = SERVE_ITSELF};
static struct endpoint endpoint = {.config = &listener};
static void (*answered)(int status);

static void answer_asker(h2o_socket_t *sock, int status)
{
    h2o_socket_close(sock);
    answered(status);
}

static void on_read(h2o_socket_t *sock, const char *err)
{
    const h2o_buffer_t *input = sock->input;
    char status[4] = "";

    if (input->size >= 12 && memcmp(input->bytes, "HTTP/1.1 ", 9) == 0) {
        memcpy(status, input->bytes + 9, 3);
        answer_asker(sock, atoi(status));
    } else if (err) {
        answer_asker(sock, 0);
    }
}

enum completion http_ask_itself(const char *path, void (*fn)(int status))
{
    struct sockaddr peer = {.sa_family = AF_UNIX};
    h2o_socket_t *sock;
    char request[1024];
    int pair[2], len;

    endpoint.accept = (h2o_accept_ctx_t){.ctx = &http.context, .hosts = http.config.hosts};
    answered = fn;
    len = snprintf(request, sizeof(request),
                   "GET %.900s HTTP/1.1\r\nHost: itself\r\nConnection: close\r\n\r\n", path);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0 ||
        write(pair[0], request, (size_t)len) != len)
        return DONE;
    sock = h2o_evloop_socket_create(http.context.loop, pair[0],
                                    H2O_SOCKET_FLAG_IS_ACCEPTED_CONNECTION);
    h2o_socket_read_start(sock, on_read);
    connection_accept(&endpoint, pair[1], &peer);
    return LATER;
}
