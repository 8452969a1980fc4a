/* SPDX-License-Identifier: MIT */
/*
 * A library that a test preloads into leat; in each worker it acts as an attacker who controls it.
 * Before the sandbox it opens two files in the folder that HOSTILE names. In each turn of the loop
 * it reads the first ("NUMBER PID WHAT ARGUMENT"); if that is a new order for this process, it does
 * WHAT, and writes "NUMBER NAME OUTCOME" to the second for each attempt.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <string.h>

enum { CHANNEL = 3, SHM = 4, RELEASE = 5, SECRETS = 6, LISTEN = 7, NUMBERS = 470 };

static int orders = -1, results = -1, number;

static void say(const char *name, const char *outcome)
{
    dprintf(results, "%d %s %s\n", number, name, outcome);
}

static void tell(const char *name, long result)
{
    say(name, result < 0 ? strerrorname_np(errno) : "OK");
}

#define TRY(name, ...) (errno = 0, tell(#name, syscall(SYS_##name, __VA_ARGS__)))
#define TRY_AS(label, name, ...) (errno = 0, tell(label, syscall(SYS_##name, __VA_ARGS__)))

/* --- other processes --- */

static void on_processes(const char *argument)
{
    pid_t master = getppid(), other = atoi(argument);
    siginfo_t info = {.si_signo = SIGKILL, .si_code = SI_QUEUE};
    char *const none[] = {NULL};

    TRY(kill, master, SIGKILL);
    TRY(tkill, master, SIGKILL);
    TRY(tgkill, master, master, SIGKILL);
    TRY(rt_sigqueueinfo, master, SIGKILL, &info);
    TRY(rt_tgsigqueueinfo, master, master, SIGKILL, &info);
    TRY(pidfd_open, master, 0);
    TRY(pidfd_send_signal, CHANNEL, SIGKILL, NULL, 0);
    TRY_AS("kill-worker", kill, other, SIGKILL);
    TRY_AS("kill-group", kill, 0, SIGKILL);
    TRY_AS("kill-all", kill, -1, SIGTERM);
    TRY_AS("tgkill-worker", tgkill, other, other, SIGKILL);
    TRY_AS("fcntl-SETOWN", fcntl, CHANNEL, F_SETOWN, master);
    TRY_AS("fcntl-SETSIG", fcntl, CHANNEL, F_SETSIG, SIGKILL);
    TRY_AS("ioctl-FIOSETOWN", ioctl, CHANNEL, FIOSETOWN, &master);
    TRY(ptrace, PTRACE_SEIZE, master, 0, 0);
    TRY_AS("ptrace-worker", ptrace, PTRACE_SEIZE, other, 0, 0);
    TRY(process_vm_readv, master, NULL, 0, NULL, 0, 0);
    TRY(process_vm_writev, master, NULL, 0, NULL, 0, 0);
    TRY(setpriority, PRIO_USER, 0, 19);
    TRY_AS("setpriority-master", setpriority, PRIO_PROCESS, master, 19);
    TRY(sched_setscheduler, master, 0, NULL);
    TRY_AS("prlimit64-master", prlimit64, master, RLIMIT_NOFILE, &(struct rlimit){0, 0}, NULL);
    TRY(execve, "/bin/true", none, none);
    TRY(execveat, AT_FDCWD, "/bin/true", none, none, 0);
    TRY(clone, SIGCHLD, 0, 0, 0, 0);
    TRY_AS("clone-namespace", clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
#ifdef SYS_fork
    TRY(fork, 0);
    TRY(vfork, 0);
#endif
    TRY(clone3, NULL, 0);
}

/* --- every call that is not in the table --- */

#define CALL(name, who, reason) [SYS_##name] = true,
#define CALL_IF(name, ...) [SYS_##name] = true,
#define CALL_IF_BOTH(name, ...) [SYS_##name] = true,
#define REFUSE(name, ...) [SYS_##name] = true,
#define REFUSE_WITHOUT(name, ...) [SYS_##name] = true,
#define REFUSE_OVER(name, ...) [SYS_##name] = true,
#define REFUSE_UNDER(name, ...) [SYS_##name] = true,
#pragma GCC diagnostic ignored "-Woverride-init" /* a call may have several rows */
static const bool is_listed[NUMBERS] = {
#include "workers/sandbox/system_calls.def"
};

/* The kernel's trampolines for probes: no filter sees them, and they kill their caller. */
static bool is_of_probes(int call)
{
#ifdef __x86_64__
    return call == 335 || call == 336; /* uretprobe, uprobe */
#else
    (void)call;
    return false;
#endif
}

static void on_calls(const char *argument)
{
    char name[32];

    (void)argument;
    for (int i = 0; i < NUMBERS; i++) {
        if (is_listed[i] || is_of_probes(i) || i == SYS_getdents64)
            continue;
        snprintf(name, sizeof(name), "call-%d", i);
        errno = 0;
        tell(name, syscall(i, -1, -1, -1, -1, -1, -1));
    }
}

/* Allowed calls, with forbidden arguments. */
static void on_arguments(const char *argument)
{
    int pair[2];

    (void)argument;
    TRY_AS("socket-UNIX", socket, AF_UNIX, SOCK_STREAM, 0);
    TRY_AS("socket-NETLINK", socket, AF_NETLINK, SOCK_RAW, 0);
    TRY_AS("socket-PACKET", socket, AF_PACKET, SOCK_RAW, 0);
    TRY_AS("socket-ALG", socket, AF_ALG, SOCK_SEQPACKET, 0);
    TRY_AS("socket-INET", socket, AF_INET, SOCK_STREAM, 0);
    TRY_AS("socketpair-DGRAM", socketpair, AF_UNIX, SOCK_DGRAM, 0, pair);
    TRY_AS("socketpair-SEQPACKET", socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair);
    TRY_AS("fcntl-ADD_SEALS", fcntl, SHM, F_ADD_SEALS, F_SEAL_WRITE);
    TRY_AS("fcntl-SETLEASE", fcntl, RELEASE, F_SETLEASE, F_RDLCK);
    TRY_AS("fcntl-NOTIFY", fcntl, RELEASE, F_NOTIFY, 1);
    TRY_AS("ioctl-TIOCSTI", ioctl, 2, TIOCSTI, "x");
    TRY_AS("prctl-DUMPABLE", prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
    TRY_AS("prctl-SECCOMP", prctl, PR_SET_SECCOMP, 0, 0, 0, 0);
    TRY_AS("prlimit64-set", prlimit64, 0, RLIMIT_CORE, &(struct rlimit){0, 0}, NULL);
}

/* What a worker needs, also in a thread started later. */
static void *in_thread(void *at)
{
    struct addrinfo *found = NULL;

    *(int *)at = getaddrinfo("leat.invalid", "80", NULL, &found);
    if (found)
        freeaddrinfo(found);
    errno = 0;
    tell("thread-execve", syscall(SYS_execve, "/bin/true", NULL, NULL));
    return NULL;
}

static void on_thread(const char *argument)
{
    pthread_t thread;
    int looked = 0;

    (void)argument;
    tell("pthread_create", pthread_create(&thread, NULL, in_thread, &looked) == 0 ? 0 : -1);
    pthread_join(thread, NULL);
    say("getaddrinfo", looked == 0 ? "OK" : "refused"); /* no name resolves there, but it returns */
}

/* --- files: the argument has one path a line: "r PATH", "w PATH", "m PATH" or "u PATH" --- */

static void on_files(const char *argument)
{
    char name[600], how;
    const char *at = argument;

    for (int used; sscanf(at, " %c %500[^;]%n", &how, name + 2, &used) == 2; at += used) {
        long result;

        name[0] = how;
        name[1] = ':';
        at += at[used] == ';';
        errno = 0;
        result = how == 'r'   ? open(name + 2, O_RDONLY | O_NONBLOCK)
                 : how == 'w' ? open(name + 2, O_WRONLY | O_NONBLOCK)
                 : how == 'm' ? open(name + 2, O_WRONLY | O_CREAT | O_EXCL, 0600)
                              : unlink(name + 2);
        tell(name, result);
        if (result > 0)
            close((int)result);
    }
}

/* --- shared memory --- */

static void on_shrink(const char *argument)
{
    (void)argument;
    TRY(ftruncate, SHM, 0);
    TRY_AS("ftruncate-more", ftruncate, SHM, 1L << 40);
    TRY_AS("ftruncate-release", ftruncate, RELEASE, 0);
    TRY_AS("ftruncate-secrets", ftruncate, SECRETS, 0);
    TRY_AS("write-release", pwrite64, RELEASE, "x", 1, 0);
    TRY_AS("write-secrets", pwrite64, SECRETS, "x", 1, 0);
    TRY(fallocate, SHM, 3 /* FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE */, 0, 1L << 20);
}

static void on_scribble(const char *argument)
{
    struct stat st;
    unsigned char *at;

    fstat(SHM, &st);
    at = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, SHM, 0);
    if (at == MAP_FAILED) {
        tell("mmap", -1);
        return;
    }
    for (off_t i = 0; i < st.st_size; i++)
        at[i] = *argument == '?' ? (unsigned char)rand() : (unsigned char)atoi(argument);
    say("scribble", "OK");
}

/* --- the channel and the listeners --- */

static void on_garbage(const char *argument)
{
    static char bytes[200000];

    memset(bytes, 0xff, sizeof(bytes));
    tell("garbage", send(CHANNEL, bytes, (size_t)atoi(argument), MSG_NOSIGNAL));
}

static void on_flood(const char *argument)
{
    uint32_t message[2] = {(uint32_t)atoi(argument), 0};
    int sent = 0;

    while (sent < 1000000 &&
           (send(CHANNEL, message, sizeof(message), MSG_NOSIGNAL) > 0 || errno == EAGAIN))
        sent++;
    say("flood", sent < 1000000 ? "ended" : "OK");
}

static void on_descriptors(const char *argument)
{
    struct {
        uint32_t type;
        char text[4];
    } message = {1, ""};
    char control[CMSG_SPACE(100 * sizeof(int))] = {0};
    struct iovec bytes = {&message, sizeof(message)};
    struct msghdr m = {.msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control};
    struct cmsghdr *header = (struct cmsghdr *)control;
    size_t count = (size_t)atoi(argument);

    m.msg_controllen = CMSG_SPACE(count * sizeof(int));
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    for (size_t i = 0; i < count; i++)
        ((int *)CMSG_DATA(header))[i] = SHM;
    tell("sendmsg", sendmsg(CHANNEL, &m, MSG_NOSIGNAL));
}

static void on_shut(const char *argument)
{
    (void)argument;
    for (int fd = LISTEN; fd < LISTEN + 8; fd++)
        shutdown(fd, SHUT_RDWR);
    say("shutdown", "OK");
}

static const struct {
    const char *name;
    void (*run)(const char *argument);
} attacks[] = {
    {"processes", on_processes},     {"calls", on_calls},     {"arguments", on_arguments},
    {"thread", on_thread},           {"files", on_files},     {"shrink", on_shrink},
    {"scribble", on_scribble},       {"garbage", on_garbage}, {"flood", on_flood},
    {"descriptors", on_descriptors}, {"shut", on_shut}};

static void obey(void)
{
    char text[8192], what[32], argument[8000] = "";
    ssize_t n = pread(orders, text, sizeof(text) - 1, 0);
    int fresh, pid;

    text[n > 0 ? n : 0] = '\0';
    if (sscanf(text, "%d %d %31s %7999[^\n]", &fresh, &pid, what, argument) < 3 || fresh <= number)
        return;
    number = fresh;
    for (size_t i = 0; pid == getpid() && i < sizeof(attacks) / sizeof(*attacks); i++)
        if (strcmp(attacks[i].name, what) == 0) {
            attacks[i].run(argument);
            say("end", "OK");
        }
}

/* Only workers run libh2o's loop, and only after they have entered the sandbox. */
int h2o_evloop_run(void *loop, int wait)
{
    static int (*real)(void *, int);

    if (!real)
        real = (int (*)(void *, int))dlsym(RTLD_NEXT, "h2o_evloop_run");
    if (orders >= 0)
        obey();
    return real(loop, wait < 50 ? wait : 50);
}

__attribute__((constructor)) static void start(void)
{
    const char *folder = getenv("HOSTILE");
    char path[512], text[64] = "";

    if (!folder || !dlsym(RTLD_DEFAULT, "h2o_evloop_create"))
        return;
    snprintf(path, sizeof(path), "%s/orders", folder);
    orders = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof(path), "%s/results", folder);
    results = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (orders >= 0 && pread(orders, text, sizeof(text) - 1, 0) > 0)
        number = atoi(text); /* earlier orders are not for this process */
}
