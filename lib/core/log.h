/* SPDX-License-Identifier: MIT */
/*
 * Logging, one line an event, as text or JSON. A thread does the writing, so a slow, blocked or
 * full sink never holds up a caller. What does not fit into the buffer is dropped, counted, and
 * reported with the next line that gets through. Control characters are escaped. A line for the
 * journal of systemd begins with its priority (sd-daemon(3)).
 *
 *     log_info("worker.ready", "slot=%d pid=%d", slot, pid);
 *     2026-11-22T16:18:35.123Z info  worker[1234] worker.ready slot=0 pid=1234
 *     {"time":…,"program":"worker","pid":1234,"event":"worker.ready","fields":{"slot":0,"pid":1234}}
 */
#ifndef LEAT_CORE_LOG_H
#define LEAT_CORE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

/* AUDIT records what an operator ordered; it is written at every level. */
enum log_level {
    LOG_LEVEL_AUDIT,
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};
enum log_sink { LOG_SINK_MAIN, LOG_SINK_ACCESS, LOG_SINK_COUNT };

struct log_options {
    const char *program; /* static */
    enum log_level level;
    bool json;
    int fd[LOG_SINK_COUNT]; /* borrowed; the two may be equal */
};

/* Starts the writing thread. Until then lines go straight to standard error. */
void log_open(const struct log_options *options);
/* Changes level and format. */
void log_configure(enum log_level level, bool json);
void log_set_level(enum log_level level);
/* Writes out what is buffered, taking at most a second, and stops the thread. */
void log_close(void);

/* Writes one line, unless `level` is switched off. `event` is a stable name, "worker.ready". */
void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Does the same. */
void log_vline(enum log_level level, const char *event, const char *format, va_list args);
#define log_audit(event, ...) log_line(LOG_LEVEL_AUDIT, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...) log_line(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_line(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/* Writes a finished line (without its newline) to a sink. The bytes are not checked or escaped. */
void log_write(enum log_sink sink, const char *line, size_t len);
/* Writes a line at once, past the buffer: without a lock, without allocating, and without waiting
 * where the sink is full. It is for a process that is about to abort; `message` needs no escaping.
 */
void log_last(const char *event, const char *message);
bool log_is_json(void);
/* Appends `text`, escaped so that it can start neither a new line nor a terminal escape
 * sequence. */
void log_escape(struct buf *out, struct slice text);
/* Returns the number of lines dropped since the start. */
uint64_t log_dropped(void);

#endif
