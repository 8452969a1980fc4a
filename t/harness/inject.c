/* SPDX-License-Identifier: MIT */
/*
 * A library that a test preloads into leat to make acquisitions of the master fail. Each call that
 * acquires something (a descriptor, a process, a mapping, an account) is counted, and the n-th
 * fails, or with `for_good` all from the n-th on. The test shares `struct plan` by a file that
 * LEAT_INJECT names. Programs not called leat are left alone.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string.h>

/* The layout that Leat::Inject packs and unpacks. */
static struct plan {
    _Atomic uint32_t count;    /* calls since the test reset it */
    _Atomic uint32_t nth;      /* the call that fails; 0: none */
    _Atomic uint32_t error;    /* errno of the failure */
    _Atomic uint32_t for_good; /* all later calls fail too */
    _Atomic uint32_t failed;   /* number of failures */
    char site[44];             /* the last one, for messages */
} * plan;

#define REAL(name)                                                                                 \
    static __typeof__(name) *real;                                                                 \
    if (!real)                                                                                     \
    real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

/* Returns whether this call is to fail, and sets errno; `error` replaces EMFILE and ENFILE. */
static bool fails(const char *site, int error)
{
    uint32_t now, nth;

    if (!plan)
        return false;
    now = atomic_fetch_add(&plan->count, 1) + 1;
    nth = plan->nth;
    if (!nth || (plan->for_good ? now < nth : now != nth))
        return false;
    atomic_fetch_add(&plan->failed, 1);
    snprintf(plan->site, sizeof(plan->site), "%s", site);
    errno = (int)plan->error;
    if (error && (errno == EMFILE || errno == ENFILE))
        errno = error;
    return true;
}

int open(const char *path, int flags, ...)
{
    REAL(open);
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails("open", 0) ? -1 : real(path, flags, mode);
}

int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int openat(int folder, const char *path, int flags, ...)
{
    REAL(openat);
    va_list args;
    mode_t mode;

    va_start(args, flags);
    mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails("openat", 0) ? -1 : real(folder, path, flags, mode);
}

FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen);
    return fails("fopen", 0) ? NULL : real(path, mode);
}

int pipe2(int fds[2], int flags)
{
    REAL(pipe2);
    return fails("pipe2", 0) ? -1 : real(fds, flags);
}

int socket(int domain, int type, int protocol)
{
    REAL(socket);
    return fails("socket", 0) ? -1 : real(domain, type, protocol);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
    REAL(socketpair);
    return fails("socketpair", 0) ? -1 : real(domain, type, protocol, fds);
}

int accept4(int fd, struct sockaddr *address, socklen_t *len, int flags)
{
    REAL(accept4);
    return fails("accept4", 0) ? -1 : real(fd, address, len, flags);
}

int memfd_create(const char *name, unsigned flags)
{
    REAL(memfd_create);
    return fails("memfd_create", 0) ? -1 : real(name, flags);
}

int dup3(int from, int to, int flags)
{
    REAL(dup3);
    return fails("dup3", 0) ? -1 : real(from, to, flags);
}

int eventfd(unsigned value, int flags)
{
    REAL(eventfd);
    return fails("eventfd", 0) ? -1 : real(value, flags);
}

int epoll_create1(int flags)
{
    REAL(epoll_create1);
    return fails("epoll_create1", 0) ? -1 : real(flags);
}

/* Fails libuv's trial whether a descriptor can be watched; when it adds one in earnest it can only
 * abort. */
int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
    REAL(epoll_ctl);
    return op == EPOLL_CTL_ADD && event->data.fd == -1 && fails("epoll_ctl", ENOSPC)
               ? -1
               : real(epoll, op, fd, event);
}

void *mmap(void *at, size_t size, int access, int flags, int fd, off_t offset)
{
    REAL(mmap);
    return fd >= 0 && fails("mmap", ENOMEM) ? MAP_FAILED
                                            : real(at, size, access, flags, fd, offset);
}

pid_t fork(void)
{
    REAL(fork);
    return fails("fork", EAGAIN) ? -1 : real();
}

struct passwd *getpwnam(const char *name)
{
    REAL(getpwnam);
    return fails("getpwnam", 0) ? NULL : real(name);
}

struct group *getgrnam(const char *name)
{
    REAL(getgrnam);
    return fails("getgrnam", 0) ? NULL : real(name);
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("LEAT_INJECT");
    int fd = path && strcmp(program_invocation_short_name, "leat") == 0 ? open(path, O_RDWR) : -1;
    void *at =
        fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0)
        close(fd);
    plan = at == MAP_FAILED ? NULL : at;
}
