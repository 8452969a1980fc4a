/* SPDX-License-Identifier: MIT */
/*
 * One line an event, as text or JSON. A thread does the writing: a slow, blocked or full sink
 * never holds up a caller; what does not fit the buffer is dropped, counted, and reported with
 * the next line that gets through. Control characters are escaped.
 *
 *     log_info("worker.ready", "slot=%d pid=%d", slot, pid);
 *     2026-11-22T16:18:35.123Z info  worker[1234] worker.ready slot=0 pid=1234
 */
#ifndef LEAT_CORE_LOG_H
#define LEAT_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

/* AUDIT is written at every level: what somebody ordered. */
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
    int fd[LOG_SINK_COUNT]; /* borrowed; both may be the same */
};

/* Starts the writing thread. Before it, lines go to standard error at once. */
void log_open(const struct log_options *options);
/* Changes level and format. */
void log_configure(enum log_level level, bool json);
void log_set_level(enum log_level level);
/* Writes what is buffered, for at most a second, and stops the thread. */
void log_close(void);

void log_line(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#define log_audit(event, ...) log_line(LOG_LEVEL_AUDIT, event, __VA_ARGS__)
#define log_error(event, ...) log_line(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warn(event, ...) log_line(LOG_LEVEL_WARN, event, __VA_ARGS__)
#define log_info(event, ...) log_line(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...) log_line(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

/* A finished line (without the newline) to a sink. Anything is accepted; bytes are not checked. */
void log_write(enum log_sink sink, const char *line, size_t len);
bool log_is_json(void);
/* Appends `text` so that no byte of it can start a line or a terminal's escape sequence. */
void log_escape(struct buf *out, struct slice text);
/* Lines dropped since the start. */
uint64_t log_dropped(void);

#endif
