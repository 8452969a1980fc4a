/* SPDX-License-Identifier: MIT */
#include "lib/core/channel.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

bool channel_pair(int fds[static 2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0;
}

bool channel_send(int fd, enum channel_type type, const char *text)
{
    struct channel_message m = {.type = type};
    size_t size;

    snprintf(m.text, sizeof(m.text), "%s", text ? text : "");
    size = offsetof(struct channel_message, text) + strlen(m.text) + 1;
    return send(fd, &m, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

int channel_receive(int fd, struct channel_message *m)
{
    ssize_t n;

    do
        n = recv(fd, m, sizeof(*m), MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    if (n < (ssize_t)sizeof(m->type) + 1)
        return -1;
    m->text[n - (ssize_t)offsetof(struct channel_message, text) - 1] = '\0';
    return 1;
}
