/* SPDX-License-Identifier: MIT */
#include "server/tool.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"

enum { TEXT_MAX = 256 * 1024, FIRST_FD = 3, PINNED_FD = 512, TERM_MS = 2000 };

static void on_closed(uv_handle_t *handle)
{
    struct tool *t = handle->data;

    if (--t->open_handles > 0)
        return;
    t->is_running = false;
    t->done(t);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct tool *t = process->data;

    t->exit_code = signal ? 128 + signal : (int)status;
    close_handle((uv_handle_t *)&t->timer);
    close_handle((uv_handle_t *)process);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char bytes[16384];

    (void)handle, (void)suggested;
    *out = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct tool *t = stream->data;

    if (n > 0 && t->text.len + (size_t)n <= (t->text_max ? t->text_max : TEXT_MAX))
        buf_put(&t->text, bytes->base, (size_t)n);
    else if (n > 0)
        t->is_cut = true;
    if (n < 0)
        close_handle((uv_handle_t *)stream);
}

static void on_timer(uv_timer_t *timer)
{
    struct tool *t = timer->data;

    t->is_late = true;
    tool_kill(t);
}

static void on_stubborn(uv_timer_t *timer)
{
    struct tool *t = timer->data;

    uv_process_kill(&t->process, SIGKILL);
}

void tool_kill(struct tool *t)
{
    if (!t->is_running || uv_is_closing((uv_handle_t *)&t->process))
        return;
    uv_process_kill(&t->process, SIGTERM); /* it may have something to clean up */
    uv_timer_start(&t->timer, on_stubborn, TERM_MS, 0);
}

void tool_start(struct tool *t, uv_loop_t *loop, const char *file, char **args, const int *fds,
                uint64_t timeout_ms, void (*done)(struct tool *t))
{
    uv_stdio_container_t stdio[FIRST_FD + TOOL_FDS_MAX] = {{.flags = UV_IGNORE}};
    uv_process_options_t options = {.file = file,
                                    .args = args,
                                    .exit_cb = on_exit_status,
                                    .stdio = stdio,
                                    .stdio_count = FIRST_FD};
    int rc, ends[2] = {-1, -1};

    t->text.len = 0;
    t->is_late = t->is_cut = false;
    t->exit_code = 0;
    t->done = done;
    t->process.data = t->output.data = t->timer.data = t;
    uv_pipe_init(loop, &t->output, 0);
    uv_timer_init(loop, &t->timer);
    stdio[1] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = ends[1]};
    stdio[2] = stdio[1];
    for (; *fds >= 0; fds++)
        stdio[options.stdio_count++] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = *fds};
    rc = uv_pipe(ends, 0, 0);
    if (rc == 0) {
        stdio[1].data.fd = stdio[2].data.fd = ends[1];
        rc = uv_spawn(loop, &t->process, &options);
        close(ends[1]);
        uv_pipe_open(&t->output, ends[0]);
    }
    t->open_handles = 3;
    t->is_running = true;
    if (rc < 0) {
        t->exit_code = 127;
        buf_printf(&t->text, "starting %s: %s\n", args[0], uv_strerror(rc));
        close_handle((uv_handle_t *)&t->output);
        close_handle((uv_handle_t *)&t->timer);
        close_handle((uv_handle_t *)&t->process);
        return;
    }
    uv_read_start((uv_stream_t *)&t->output, on_alloc, on_read);
    uv_timer_start(&t->timer, on_timer, timeout_ms, 0);
}

void tool_exec(const char *worker_path, char **args)
{
    execv(worker_path, args);
    fprintf(stderr, "leat: starting %s: %m\n", worker_path);
}

char *tool_pin(const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC), high;
    char *pinned = NULL;

    /* Past every descriptor that a child gets, so that it is open still when the child executes. */
    high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PINNED_FD);
    if (fd >= 0)
        close(fd);
    if (high >= 0 && asprintf(&pinned, "/proc/self/fd/%d", high) >= 0 && access(pinned, X_OK) == 0)
        return pinned;
    free(pinned);
    return strdup(path);
}

/* What lies beside this program under that name, or `otherwise`. */
static char *find(const char *name, int mode, const char *otherwise)
{
    char self[PATH_MAX], *path = NULL, *slash;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash && asprintf(&path, "%.*s/%s", (int)(slash - self), self, name) >= 0 &&
        access(path, mode) == 0)
        return path;
    free(path);
    return strdup(otherwise);
}

char *tool_find_worker(void)
{
    return find("leat-worker", X_OK, LIBEXECDIR "/leat-worker");
}

char *tool_find_data(const char *name)
{
    char *here, *there, *found;

    if (asprintf(&here, "leat-%s", name) < 0 || asprintf(&there, PKGDATADIR "/%s", name) < 0)
        abort();
    found = find(here, R_OK, there);
    free(here);
    free(there);
    return found;
}
