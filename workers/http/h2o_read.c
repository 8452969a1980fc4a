/* SPDX-License-Identifier: MIT */
/*
 * libh2o 2.2.5 reads a socket again and again until a read() is short: at once it takes as much as
 * a fast client can send, into a buffer that doubles, and from 32 MB on into a file in /tmp. The
 * executable's own read() wins over that of libc, and leaves one byte free of each large piece that
 * libh2o would fill, which is then short. So a turn of the loop reads 32 KiB of a socket at most;
 * the buffer stays small, because what comes is taken out of it before the next.
 *
 * unistd.h is not included: with _FORTIFY_SOURCE it defines read() itself.
 */
#include "workers/http/h2o_library.h"

#include <sys/syscall.h>
#include <sys/types.h>

long syscall(long number, ...);
ssize_t read(int fd, void *data, size_t len);

/* libh2o's buffer has room for 8 KiB at first, then for as much as it holds. */
enum { LARGE = 16384 };

ssize_t read(int fd, void *data, size_t len)
{
    if (len >= LARGE && library_has(__builtin_return_address(0)))
        len--;
    return syscall(SYS_read, fd, data, len);
}
