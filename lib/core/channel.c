/* SPDX-License-Identifier: MIT */
#include "lib/core/channel.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FDS_BYTES = 2 * sizeof(int) };

static bool is_type(enum channel_type type)
{
    return type >= CHANNEL_READY && type <= CHANNEL_LEVEL;
}

bool channel_pair(int fds[static 2])
{
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0;
}

bool channel_send(int fd, enum channel_type type, const char *text)
{
    struct channel_message m = {.type = type};
    size_t size;

    assert(is_type(type) && type != CHANNEL_REOPEN);
    snprintf(m.text, sizeof(m.text), "%s", text ? text : "");
    size = offsetof(struct channel_message, text) + strlen(m.text) + 1;
    return send(fd, &m, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size;
}

bool channel_send_fds(int fd, enum channel_type type, const int fds[static 2])
{
    struct channel_message m = {.type = type};
    struct iovec bytes = {&m, offsetof(struct channel_message, text) + 1};
    char control[CMSG_SPACE(FDS_BYTES)] = {0};
    struct msghdr message = {.msg_iov = &bytes,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    assert(type == CHANNEL_REOPEN && fds[0] >= 0 && fds[1] >= 0);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(FDS_BYTES);
    memcpy(CMSG_DATA(header), fds, FDS_BYTES);
    return sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)bytes.iov_len;
}

static void take_fds(struct msghdr *message, int fds[static 2])
{
    struct cmsghdr *header = CMSG_FIRSTHDR(message);

    if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(FDS_BYTES))
        memcpy(fds, CMSG_DATA(header), FDS_BYTES);
}

/* Receives one packet. With `control` NULL the kernel discards any descriptors that come with
 * it. */
static enum channel_result receive(int fd, struct channel_message *m, char *control, size_t size)
{
    struct iovec bytes = {m, offsetof(struct channel_message, fds)};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = size};
    ssize_t n;

    m->fds[0] = m->fds[1] = -1;
    do
        n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? CHANNEL_EMPTY : CHANNEL_GONE;
    if (n == 0)
        return CHANNEL_GONE;
    if (control)
        take_fds(&message, m->fds);
    if (n < (ssize_t)sizeof(m->type) + 1 || (message.msg_flags & MSG_TRUNC))
        return CHANNEL_GARBAGE;
    m->text[n - (ssize_t)offsetof(struct channel_message, text) - 1] = '\0';
    return CHANNEL_MESSAGE;
}

enum channel_result channel_receive(int fd, struct channel_message *m)
{
    return receive(fd, m, NULL, 0);
}

enum channel_result channel_receive_fds(int fd, struct channel_message *m)
{
    char control[CMSG_SPACE(FDS_BYTES)];

    return receive(fd, m, control, sizeof(control));
}
