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

uint64_t tcp_taken(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);
    int unread = 0;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
        len >= offsetof(struct tcp_info, tcpi_bytes_acked) + sizeof(info.tcpi_bytes_acked))
        return info.tcpi_bytes_acked;
    ioctl(fd, SIOCOUTQ, &unread);
    return INT64_MAX - (uint64_t)unread;
}
