/* SPDX-License-Identifier: MIT */
/*
 * A library that a test preloads to make the disk of a database fail, as the first letter of the file
 * tells that LEAT_BAD_DISK names. Of files that are open as "app.db…",
 *     w  writes end with EIO,
 *     f  writes end with ENOSPC,
 *     s  fdatasync() and fsync() end with EIO,
 *     h  fdatasync() and fsync() do not return.
 * The file is mapped, so that a worker in its sandbox sees it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FDS = 1024 };

static const volatile char *state;
static char is_database[FDS];

__attribute__((constructor)) static void map_state(void)
{
    const char *path = getenv("LEAT_BAD_DISK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);

    state = at == MAP_FAILED ? "" : at;
    if (fd >= 0)
        close(fd);
}

static int note(const char *path, int fd)
{
    if (fd >= 0 && fd < FDS)
        is_database[fd] = strstr(path, "/app.db") != NULL;
    return fd;
}

int open64(const char *path, int flags, ...)
{
    int (*real)(const char *, int, ...) =
        (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    return note(path, real(path, flags, mode));
}

/* Returns true, with errno, if a call on the file is to fail while the state is this one. */
static int fails(int fd, char when, int error)
{
    if (*state != when || fd < 0 || fd >= FDS || !is_database[fd])
        return 0;
    errno = error;
    return 1;
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at)
{
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

    return fails(fd, 'w', EIO) || fails(fd, 'f', ENOSPC) ? -1 : real(fd, from, n, at);
}

static void hang(int fd)
{
    while (fd >= 0 && fd < FDS && is_database[fd] && *state == 'h')
        usleep(10000);
}

int fdatasync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");

    hang(fd);
    return fails(fd, 's', EIO) ? -1 : real(fd);
}

int fsync(int fd)
{
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");

    hang(fd);
    return fails(fd, 's', EIO) ? -1 : real(fd);
}
