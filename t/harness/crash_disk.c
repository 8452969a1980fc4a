/* SPDX-License-Identifier: MIT */
/*
 * A library that a test preloads into leat to kill a process at one step of its work on the
 * database. Calls that change the files "app.db…" are counted, and the process dies at the n-th one
 * as by kill -9: before it, in its middle (half of the bytes are written), or after it. The test
 * shares `struct plan` by a file that LEAT_CRASH names; it is mapped, so that a worker in its
 * sandbox sees it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FDS = 1024 };
enum file { NO_FILE, WAL = 1, DATABASE = 2 };
enum when { BEFORE, MIDDLE, AFTER };

/* The layout that Leat::Crash packs and unpacks. */
static struct plan {
    _Atomic uint32_t nth;   /* the call at which a process dies; 0: none */
    _Atomic uint32_t when;  /* of enum when */
    _Atomic uint32_t files; /* a mask of enum file: calls on others are not counted */
    _Atomic uint32_t count; /* of calls */
} * plan;

static char files[FDS];

#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void map_plan(void)
{
    const char *path = getenv("LEAT_CRASH");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *at =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    plan = at == MAP_FAILED ? NULL : at;
    if (fd >= 0)
        close(fd);
}

static int note(const char *path, int fd)
{
    const char *name = strstr(path, "/app.db");

    if (fd >= 0 && fd < FDS)
        files[fd] = !name                              ? NO_FILE
                    : strcmp(name, "/app.db") == 0     ? DATABASE
                    : strcmp(name, "/app.db-wal") == 0 ? WAL
                                                       : NO_FILE;
    return fd;
}

int open64(const char *path, int flags, ...)
{
    REAL(open64);
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    return note(path, real(path, flags, mode));
}

/* Counts a call. Returns true if the process is to die at it. */
static int is_last(int fd)
{
    uint32_t nth;

    if (!plan || fd < 0 || fd >= FDS || !(files[fd] & plan->files))
        return 0;
    nth = plan->nth;
    return atomic_fetch_add(&plan->count, 1) + 1 == nth;
}

static void die(void)
{
    syscall(SYS_tgkill, getpid(), (pid_t)syscall(SYS_gettid), SIGKILL);
}

/* Begins a call. Returns true if the process is to die at it, and dies if that is before it. */
static int begin(int fd)
{
    int last = is_last(fd);

    if (last && plan->when == BEFORE)
        die();
    return last;
}

/* Ends a call that returns `rc`. */
static ssize_t end(int last, ssize_t rc)
{
    if (last)
        die();
    return rc;
}

ssize_t pwrite64(int fd, const void *from, size_t n, off64_t at)
{
    REAL(pwrite64);
    int last = begin(fd);

    return end(last, real(fd, from, last && plan->when == MIDDLE ? n / 2 : n, at));
}

int ftruncate64(int fd, off64_t size)
{
    REAL(ftruncate64);
    int last = begin(fd);

    return (int)end(last, real(fd, size));
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    int last = begin(fd);

    return (int)end(last, real(fd));
}

int fsync(int fd)
{
    REAL(fsync);
    int last = begin(fd);

    return (int)end(last, real(fd));
}
