/* SPDX-License-Identifier: MIT */
/*
 * libh2o 2.2.5 reads a socket until a read() comes up short: it takes as much as a fast client can
 * send at once, into a buffer that doubles, and from 32 MB on into a file in /tmp. The executable
 * defines read() itself, which takes precedence over libc's and leaves one byte free of each large
 * piece that libh2o would fill, so that the read is short. One turn of the loop thus reads at most
 * 32 KiB of a socket; the buffer stays small because its content is taken out before the next turn.
 *
 * unistd.h is not included: with _FORTIFY_SOURCE it defines read() itself.
 */
#include "workers/http/h2o_library.h"

#include <sys/syscall.h>
#include <sys/types.h>

long syscall(long number, ...);
ssize_t read(int fd, void *data, size_t len);

/* The buffer of libh2o has 8 KiB of room at first, then as much again as it holds. */
enum { LARGE = 16384 };

ssize_t read(int fd, void *data, size_t len)
{
    if (len >= LARGE && h2o_library_has(__builtin_return_address(0)))
        len--;
    return syscall(SYS_read, fd, data, len);
}
