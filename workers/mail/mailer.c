/* SPDX-License-Identifier: MIT */
/*
 * A worker in its sandbox can start no process. So a process is started before the sandbox, and it
 * runs mail.command for the worker. Both sides speak in packets (SOCK_SEQPACKET): one with a
 * message, one with the outcome, so that no length has to be parsed and a lost peer is an end of
 * file. The process outlives a worker that dies while a command runs, so that the message still
 * goes out; then its socket is closed, and it ends.
 */
#include "workers/mail/mailer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/core/system/memfd.h"

enum { MAILER_FD = 3, COMMAND_MS = 30000, EXIT_NO_COMMAND = 127 };

/* Resets the signals that a worker ignores, so that programs do not inherit that. */
static void reset_signals(void)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
}

bool mailer_open(struct mailer *m, const char *command)
{
    char *argv[] = {"leat-worker", "--mailer", (char *)(uintptr_t)command, NULL};
    int pair[2];

    *m = (struct mailer){-1, -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return false;
    m->pid = fork();
    if (m->pid == 0) {
        reset_signals();
        if (dup2(pair[1], MAILER_FD) == MAILER_FD && close_range(MAILER_FD + 1, ~0U, 0) == 0)
            execv("/proc/self/exe", argv);
        _exit(EXIT_NO_COMMAND);
    }
    close(pair[1]);
    if (m->pid > 0)
        m->fd = pair[0];
    else
        close(pair[0]);
    return m->pid > 0;
}

static void forget(struct mailer *m)
{
    if (m->fd < 0)
        return;
    close(m->fd);
    m->fd = -1;
}

bool mailer_send(struct mailer *m, struct slice message)
{
    return m->fd >= 0 && send(m->fd, message.data, message.len, MSG_NOSIGNAL | MSG_DONTWAIT) ==
                             (ssize_t)message.len;
}

bool mailer_take(struct mailer *m, struct mailer_outcome *out)
{
    ssize_t n = m->fd >= 0 ? recv(m->fd, out, sizeof(*out), MSG_DONTWAIT) : 0;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n == sizeof(*out))
        return true;
    forget(m);
    *out = (struct mailer_outcome){-1, "the process that runs mail.command has exited"};
    return true;
}

void mailer_close(struct mailer *m, bool is_running)
{
    forget(m);
    if (m->pid > 0 && !is_running)
        while (waitpid(m->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    m->pid = -1;
}

static void be_silent(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    for (int fd = 0; null >= 0 && fd <= 2; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
}

static pid_t start_command(const char *command, int message)
{
    char *argv[] = {(char *)(uintptr_t)command, "-i", "-t", NULL};
    pid_t pid = fork();

    if (pid)
        return pid;
    setpgid(0, 0); /* so that a timeout also kills the processes that it starts */
    if (dup2(message, 0) == 0)
        execv(command, argv);
    _exit(EXIT_NO_COMMAND);
}

static struct mailer_outcome wait_for(pid_t pid)
{
    struct mailer_outcome out = {.status = -1};
    struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    int status = 0;

    if (poll(&p, 1, COMMAND_MS) == 0) {
        kill(-pid, SIGKILL);
        snprintf(out.why, sizeof(out.why), "the command did not end within %d s",
                 COMMAND_MS / 1000);
    }
    waitpid(pid, &status, 0);
    close(p.fd);
    if (out.why[0])
        return out;
    if (WIFEXITED(status))
        out.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        snprintf(out.why, sizeof(out.why), "the command was killed by signal %d", WTERMSIG(status));
    else if (out.status == EXIT_NO_COMMAND)
        snprintf(out.why, sizeof(out.why), "the command cannot be executed");
    else if (out.status)
        snprintf(out.why, sizeof(out.why), "the command exited with status %d", out.status);
    return out;
}

static struct mailer_outcome deliver_message(const char *command, const char *message, size_t len)
{
    struct mailer_outcome out = {.status = -1};
    int fd = memfd_new("leat-mail");
    pid_t pid = -1;

    if (fd >= 0 && memfd_write(fd, message, len) && lseek(fd, 0, SEEK_SET) == 0)
        pid = start_command(command, fd);
    if (pid < 0)
        snprintf(out.why, sizeof(out.why), "starting the command: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return pid < 0 ? out : wait_for(pid);
}

int mailer_run(const char *command)
{
    static char message[MAILER_MESSAGE_MAX];
    ssize_t n;

    be_silent();
    fcntl(MAILER_FD, F_SETFD, FD_CLOEXEC);
    while ((n = recv(MAILER_FD, message, sizeof(message), 0)) > 0 || (n < 0 && errno == EINTR)) {
        struct mailer_outcome out;

        if (n < 0)
            continue;
        out = deliver_message(command, message, (size_t)n);
        if (send(MAILER_FD, &out, sizeof(out), MSG_NOSIGNAL) < 0)
            break;
    }
    return 0;
}
