/* SPDX-License-Identifier: MIT */
/*
 * Callers append to a sink's buffer under the lock. The thread swaps that buffer for its spare one,
 * and writes without the lock, so that a slow disk never holds up a caller:
 *
 *     caller ──append──▶ filling[sink] ◀──swap──▶ spare ──write()──▶ sink
 *
 * The thread is woken only when a buffer goes from empty to not empty. A full buffer drops lines
 * and counts them; the count is reported by the next line that gets through.
 */
#include "lib/core/log.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/core/clock.h"
#include "lib/core/log_fields.h"
#include "lib/core/text/utf8.h"
#include "lib/core/thread.h"

enum { BUFFER_MAX = 256 * 1024, STALL_MS = 1000 };

static struct {
    struct log_options options;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    pthread_cond_t emptied;
    pthread_t thread;
    struct buf filling[LOG_SINK_COUNT];
    uint64_t unreported[LOG_SINK_COUNT];
    uint64_t dropped;
    bool is_journal[LOG_SINK_COUNT]; /* lines begin with their priority */
    bool is_torn[LOG_SINK_COUNT]; /* the last line written was cut off; used by the thread only */
    bool is_open, is_closing, is_writing;
} logger = {
    .options = {.program = "leat", .level = LOG_LEVEL_INFO, .fd = {2, 1}},
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .filled = PTHREAD_COND_INITIALIZER,
    .emptied = PTHREAD_COND_INITIALIZER,
};

static const char *const level_names[] = {"audit", "error", "warn", "info", "debug"};

/* Returns the priority of syslog(3) before a line, if the journal of systemd reads the sink. */
static const char *priority(enum log_sink sink, enum log_level level)
{
    static const char *const texts[] = {"<5>", "<3>", "<4>", "<6>", "<7>"};

    return logger.is_journal[sink] ? texts[level] : "";
}

/* Returns whether the descriptor is the stream to the journal, as $JOURNAL_STREAM names it
 * (systemd.exec(5)): the variable alone is inherited by programs whose output goes elsewhere. */
static bool is_journal(int fd)
{
    const char *text = getenv("JOURNAL_STREAM");
    unsigned long device, inode;
    struct stat st;

    return text && sscanf(text, "%lu:%lu", &device, &inode) == 2 && fstat(fd, &st) == 0 &&
           st.st_dev == device && st.st_ino == inode;
}

/* Writes until all is written or the sink fails: a full disk, a closed pipe, a full one that nobody
 * reads for a second. Returns the bytes written. */
static size_t write_out(int fd, const char *data, size_t len)
{
    size_t done = 0;

    while (done < len) {
        ssize_t n = write(fd, data + done, len - done);

        if (n > 0) {
            done += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};

            if (poll(&p, 1, STALL_MS) == 0)
                break;
        } else if (n < 0 && errno != EINTR) {
            break;
        }
    }
    return done;
}

/* Writes the lines, after a newline if a full disk cut off the line before them. */
static size_t write_lines(enum log_sink sink, const struct buf *lines)
{
    int fd = logger.options.fd[sink];
    size_t done;

    if (logger.is_torn[sink] && write_out(fd, "\n", 1) != 1)
        return 0;
    done = write_out(fd, lines->data, lines->len);
    logger.is_torn[sink] = done && lines->data[done - 1] != '\n';
    return done;
}

static uint64_t count_lines(const char *data, size_t len)
{
    uint64_t lines = 0;

    for (const char *at = data; (at = memchr(at, '\n', len - (size_t)(at - data))); at++)
        lines++;
    return lines;
}

static void note_dropped(enum log_sink sink, struct buf *out, uint64_t lines)
{
    char now[CLOCK_TEXT];

    clock_rfc3339(clock_real_ms(), now);
    buf_printf(
        out,
        logger.options.json
            ? "%s{\"time\":\"%s\",\"level\":\"warn\",\"event\":\"log.dropped\",\"lines\":%lu}\n"
            : "%s%s warn  log.dropped lines=%lu\n",
        priority(sink, LOG_LEVEL_WARN), now, (unsigned long)lines);
}

static bool is_pending(void)
{
    return logger.filling[LOG_SINK_MAIN].len || logger.filling[LOG_SINK_ACCESS].len;
}

/* Writes out one sink's buffer. The lock is held on entry and exit, and released while writing. */
static void drain_sink(enum log_sink sink, struct buf *spare)
{
    struct buf full = logger.filling[sink];
    uint64_t unreported = logger.unreported[sink];
    size_t done;

    if (!full.len)
        return;
    logger.filling[sink] = *spare;
    logger.unreported[sink] = 0;
    logger.is_writing = true;
    pthread_mutex_unlock(&logger.lock);
    if (unreported)
        note_dropped(sink, &full, unreported);
    done = write_lines(sink, &full);
    pthread_mutex_lock(&logger.lock);
    if (done < full.len) {
        uint64_t lost = count_lines(full.data + done, full.len - done) - (unreported != 0);

        logger.dropped += lost;
        logger.unreported[sink] += lost + unreported;
    }
    full.len = 0;
    *spare = full;
    logger.is_writing = false;
}

static void *run_writer(void *arg)
{
    struct buf spare = {0};

    (void)arg;
    pthread_mutex_lock(&logger.lock);
    for (;;) {
        while (!is_pending() && !logger.is_closing)
            pthread_cond_wait(&logger.filled, &logger.lock);
        if (!is_pending())
            break;
        for (int sink = 0; sink < LOG_SINK_COUNT; sink++)
            drain_sink((enum log_sink)sink, &spare);
        pthread_cond_broadcast(&logger.emptied);
    }
    pthread_mutex_unlock(&logger.lock);
    buf_fini(&spare);
    return NULL;
}

void log_open(const struct log_options *options)
{
    assert(!logger.is_open);
    assert(options->program && options->level <= LOG_LEVEL_DEBUG);
    logger.options = *options;
    for (int sink = 0; sink < LOG_SINK_COUNT; sink++)
        logger.is_journal[sink] = is_journal(options->fd[sink]);
    logger.is_open = thread_start(&logger.thread, run_writer, NULL);
}

void log_configure(enum log_level level, bool json)
{
    pthread_mutex_lock(&logger.lock);
    logger.options.level = level;
    logger.options.json = json;
    pthread_mutex_unlock(&logger.lock);
}

void log_set_level(enum log_level level)
{
    assert(level <= LOG_LEVEL_DEBUG);
    pthread_mutex_lock(&logger.lock);
    logger.options.level = level;
    pthread_mutex_unlock(&logger.lock);
}

void log_close(void)
{
    struct timespec until;
    bool is_done;

    if (!logger.is_open)
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&logger.lock);
    logger.is_closing = true;
    pthread_cond_signal(&logger.filled);
    while ((is_pending() || logger.is_writing) &&
           pthread_cond_clockwait(&logger.emptied, &logger.lock, CLOCK_MONOTONIC, &until) == 0)
        ;
    is_done = !is_pending() && !logger.is_writing;
    pthread_mutex_unlock(&logger.lock);
    logger.is_open = false;
    if (!is_done) /* the sink blocks: leave the thread to the end of the process */
        return;
    pthread_join(logger.thread, NULL);
    for (int sink = 0; sink < LOG_SINK_COUNT; sink++)
        buf_fini(&logger.filling[sink]);
    logger.is_closing = false;
}

/* Writes `start`, which may be empty, and a line. */
static void append_line(enum log_sink sink, const char *start, const char *line, size_t len)
{
    struct buf *to = &logger.filling[sink];

    assert(sink < LOG_SINK_COUNT);
    if (!logger.is_open) {
        struct buf whole = {0};
        buf_puts(&whole, start);
        buf_put(&whole, line, len);
        buf_putc(&whole, '\n');
        write_out(logger.options.fd[sink], whole.data, whole.len);
        buf_fini(&whole);
        return;
    }
    pthread_mutex_lock(&logger.lock);
    if (to->len + strlen(start) + len + 1 > BUFFER_MAX) {
        logger.dropped++;
        logger.unreported[sink]++;
    } else {
        bool was_empty = !is_pending();
        buf_puts(to, start);
        buf_put(to, line, len);
        buf_putc(to, '\n');
        if (was_empty)
            pthread_cond_signal(&logger.filled);
    }
    pthread_mutex_unlock(&logger.lock);
}

void log_write(enum log_sink sink, const char *line, size_t len)
{
    append_line(sink, priority(sink, LOG_LEVEL_INFO), line, len);
}

void log_escape(struct buf *out, struct slice text)
{
    bool is_utf8 = utf8_is_valid(text.data, text.len);

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        bool is_c1 = c == 0xc2 && i + 1 < text.len && (unsigned char)text.data[i + 1] < 0xa0;

        if (c < 0x20 || c == 0x7f || is_c1 || (c >= 0x80 && !is_utf8))
            buf_printf(out, "\\x%02x", c);
        else
            buf_putc(out, (char)c);
    }
}

void log_vline(enum log_level level, const char *event, const char *format, va_list args)
{
    struct buf message = {0}, line = {0};
    char now[CLOCK_TEXT];

    assert(event && level <= LOG_LEVEL_DEBUG);
    if (level > logger.options.level)
        return;
    clock_rfc3339(clock_real_ms(), now);
    if (logger.options.json) {
        buf_printf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"program\":\"%s\",\"pid\":%d,", now,
                   level_names[level], logger.options.program, (int)getpid());
        buf_printf(&line, "\"event\":\"%s\"", event);
        log_fields(&line, format, args);
        buf_putc(&line, '}');
    } else {
        buf_vprintf(&message, format, args);
        buf_printf(&line, "%s %-5s %s[%d] %s ", now, level_names[level], logger.options.program,
                   (int)getpid(), event);
        log_escape(&line, buf_slice(&message));
    }
    append_line(LOG_SINK_MAIN, priority(LOG_SINK_MAIN, level), line.data, line.len);
    buf_fini(&message);
    buf_fini(&line);
}

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_vline(level, event, format, args);
    va_end(args);
}

void log_last(const char *event, const char *message)
{
    const struct log_options *o = &logger.options;
    struct pollfd sink = {.fd = o->fd[LOG_SINK_MAIN], .events = POLLOUT};
    char line[512], now[CLOCK_TEXT];

    clock_rfc3339(clock_real_ms(), now);
    snprintf(line, sizeof(line),
             o->json ? "%s{\"time\":\"%s\",\"level\":\"error\",\"program\":\"%s\",\"pid\":%d,"
                       "\"event\":\"%s\",\"message\":\"%s\"}\n"
                     : "%s%s error %s[%d] %s %s\n",
             priority(LOG_SINK_MAIN, LOG_LEVEL_ERROR), now, o->program, (int)getpid(), event,
             message);
    if (poll(&sink, 1, 0) == 1)
        write_out(sink.fd, line, strlen(line));
}

bool log_is_json(void)
{
    return logger.options.json;
}

uint64_t log_dropped(void)
{
    uint64_t dropped;

    pthread_mutex_lock(&logger.lock);
    dropped = logger.dropped;
    pthread_mutex_unlock(&logger.lock);
    return dropped;
}
