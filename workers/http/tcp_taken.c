/* SPDX-License-Identifier: MIT */
/* Uses the kernel's tcp_info, which is longer than libc's; the two headers cannot be included
 * together. */
#include "workers/http/tcp_taken.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

bool tcp_acked(int fd, uint64_t *bytes)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked))
        return false;
    *bytes = info.tcpi_bytes_acked;
    return true;
}

uint64_t tcp_taken(int fd)
{
    uint64_t acked;
    int unread = 0;

    if (tcp_acked(fd, &acked))
        return acked;
    ioctl(fd, SIOCOUTQ, &unread);
    return INT64_MAX - (uint64_t)unread;
}
