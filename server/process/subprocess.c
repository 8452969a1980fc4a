/* SPDX-License-Identifier: MIT */
/*
 * Three handles make a run: the process, the read end of its output, a timer. They are opened
 * before any event of the process can arrive. A start that fails closes those that are open. libuv
 * closes handles in a later turn of the loop, so the struct outlives the call even then.
 *
 * The output may stay open after the exit, if a process that was left behind holds it. The run then
 * ends a second after the exit.
 */
#include "server/process/subprocess.h"

#include <assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/memory.h"
#include "server/process/environment.h"

enum { OUTPUT_MAX = 256 * 1024, FIRST_FD = 3, TERM_MS = 2000, LINGER_MS = 1000 };
enum state { STARTING, RUNNING, EXITED };

struct subprocess {
    enum state state;
    uv_process_t process;
    uv_pipe_t output;
    uv_timer_t timer;
    int open_handles;
    struct buf text;
    struct subprocess_result result;
    struct subprocess_options options; /* `args` and `fds` are invalid after the start */
};

static void on_closed(uv_handle_t *handle)
{
    struct subprocess *s = handle->data;

    assert(s->open_handles > 0);
    if (--s->open_handles > 0)
        return;
    if (s->state == EXITED) {
        s->result.output = buf_slice(&s->text);
        s->options.done(s->options.arg, &s->result);
    }
    buf_fini(&s->text);
    free(s);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

/* Closes the timer once the process has exited and its output has ended. */
static void close_if_over(struct subprocess *s)
{
    if (s->state == EXITED && uv_is_closing((uv_handle_t *)&s->output))
        close_handle((uv_handle_t *)&s->timer);
}

static void on_lingering(uv_timer_t *timer)
{
    struct subprocess *s = timer->data;

    close_handle((uv_handle_t *)&s->output);
    close_if_over(s);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
    struct subprocess *s = process->data;

    assert(s->state == RUNNING);
    s->state = EXITED;
    s->result.status = (int)status;
    s->result.signal = signal;
    close_handle((uv_handle_t *)process);
    uv_timer_start(&s->timer, on_lingering, LINGER_MS, 0);
    close_if_over(s);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    static char bytes[16384];

    (void)handle, (void)suggested;
    *out = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *bytes)
{
    struct subprocess *s = stream->data;

    if (n > 0 && s->text.len + (size_t)n <= s->options.output_max)
        buf_put(&s->text, bytes->base, (size_t)n);
    else if (n > 0)
        s->result.is_cut = true;
    if (n < 0)
        close_handle((uv_handle_t *)stream);
    close_if_over(s);
}

static void on_stubborn(uv_timer_t *timer)
{
    subprocess_kill(timer->data);
}

static void on_late(uv_timer_t *timer)
{
    struct subprocess *s = timer->data;

    s->result.is_late = true;
    subprocess_stop(s);
}

void subprocess_stop(struct subprocess *s)
{
    if (!s || s->state != RUNNING)
        return;
    uv_process_kill(&s->process, SIGTERM); /* allows it to clean up */
    uv_timer_start(&s->timer, on_stubborn, TERM_MS, 0);
}

void subprocess_kill(struct subprocess *s)
{
    if (s && s->state == RUNNING)
        uv_process_kill(&s->process, SIGKILL);
}

static int spawn(struct subprocess *s, uv_loop_t *loop, int output)
{
    uv_stdio_container_t stdio[FIRST_FD + SUBPROCESS_FDS_MAX] = {{.flags = UV_IGNORE}};
    char **environment = environment_visible();
    uv_process_options_t options = {.file = s->options.file,
                                    .args = s->options.args,
                                    .env = environment,
                                    .exit_cb = on_exit_status,
                                    .stdio = stdio,
                                    .stdio_count = FIRST_FD};
    int rc;

    stdio[1] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = output};
    stdio[2] = stdio[1];
    for (const int *fd = s->options.fds; *fd >= 0; fd++) {
        assert(options.stdio_count < FIRST_FD + SUBPROCESS_FDS_MAX);
        stdio[options.stdio_count++] =
            (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = *fd};
    }
    s->open_handles++; /* uv_spawn() initializes the handle even if it fails */
    rc = uv_spawn(loop, &s->process, &options);
    free(environment);
    return rc;
}

/* Opens the three handles. If it fails, the caller closes those that are open. */
static int open_handles(struct subprocess *s, uv_loop_t *loop)
{
    int ends[2], rc;

    uv_timer_init(loop, &s->timer);
    uv_pipe_init(loop, &s->output, 0);
    s->open_handles = 2;
    rc = uv_pipe(ends, UV_NONBLOCK_PIPE, 0);
    if (rc < 0)
        return rc;
    rc = uv_pipe_open(&s->output, ends[0]);
    if (rc < 0)
        close(ends[0]);
    else
        rc = spawn(s, loop, ends[1]);
    close(ends[1]);
    return rc;
}

int subprocess_start(struct subprocess **out, uv_loop_t *loop, const struct subprocess_options *o)
{
    struct subprocess *s = xcalloc(1, sizeof(*s));
    int rc;

    assert(o->file && o->args && o->fds && o->done && o->timeout_ms);
    s->options = *o;
    if (!o->output_max)
        s->options.output_max = OUTPUT_MAX;
    s->process.data = s->output.data = s->timer.data = s;
    rc = open_handles(s, loop);
    *out = rc < 0 ? NULL : s;
    if (rc < 0) {
        if (s->open_handles == 3)
            close_handle((uv_handle_t *)&s->process);
        close_handle((uv_handle_t *)&s->output);
        close_handle((uv_handle_t *)&s->timer);
        return rc;
    }
    s->state = RUNNING;
    uv_read_start((uv_stream_t *)&s->output, on_alloc, on_read);
    uv_timer_start(&s->timer, on_late, o->timeout_ms, 0);
    return 0;
}

void subprocess_explain(const struct subprocess_result *r, const char *what, struct buf *out)
{
    if (r->is_late)
        buf_printf(out, "%s took too long\n", what);
    else if (r->signal)
        buf_printf(out, "%s was killed by signal %d (%s)\n", what, r->signal, strsignal(r->signal));
    else if (r->status > 1)
        buf_printf(out, "%s exited with status %d\n", what, r->status);
}
