/* SPDX-License-Identifier: MIT */
/*
 * The exit status of a child can be taken only once, and libuv needs that of each process which it
 * has spawned. So this only looks at a zombie (WNOWAIT), and takes it if no active handle of the
 * loop has its pid. A zombie that libuv has yet to take ends the search; its SIGCHLD is still to be
 * handled, and the search begins again after that.
 */
#include "server/process/reaper.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

struct search {
    pid_t pid;
    bool is_found;
};

static void compare(uv_handle_t *handle, void *arg)
{
    struct search *s = arg;

    if (uv_handle_get_type(handle) == UV_PROCESS && uv_is_active(handle))
        s->is_found |= uv_process_get_pid((uv_process_t *)handle) == s->pid;
}

static bool is_spawned(uv_loop_t *loop, pid_t pid)
{
    struct search s = {.pid = pid};

    uv_walk(loop, compare, &s);
    return s.is_found;
}

/* Returns the pid of a zombie, and leaves it one; 0 if there is none. */
static pid_t find_zombie(void)
{
    siginfo_t info = {0};

    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ? info.si_pid : 0;
}

static void on_turn(uv_timer_t *timer)
{
    pid_t pid;

    while ((pid = find_zombie()) > 0 && !is_spawned(timer->loop, pid))
        waitpid(pid, NULL, WNOHANG);
}

static void on_child(uv_signal_t *signal, int number)
{
    struct reaper *r = signal->data;

    (void)number;
    uv_timer_start(&r->turn, on_turn, 0, 0);
}

void reaper_start(struct reaper *r, uv_loop_t *loop)
{
    uv_timer_init(loop, &r->turn);
    uv_signal_init(loop, &r->signal);
    r->signal.data = r;
    uv_signal_start(&r->signal, on_child, SIGCHLD);
    uv_timer_start(&r->turn, on_turn, 0, 0); /* for those that ended before */
}

void reaper_stop(struct reaper *r)
{
    uv_close((uv_handle_t *)&r->signal, NULL);
    uv_close((uv_handle_t *)&r->turn, NULL);
}
