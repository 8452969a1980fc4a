/* SPDX-License-Identifier: MIT */
/*
 * Error lines that each failing request would repeat, such as those of a full disk: the first ten
 * of ten seconds are written, and the others are counted in a line of their own.
 *
 *     static struct log_repeat failed = {.event = "db.failed"};
 *
 *     log_repeated(&failed, "operation=%s id=%s", operation, id);
 *
 * For one thread, the loop's.
 */
#ifndef LEAT_CORE_LOG_REPEAT_H
#define LEAT_CORE_LOG_REPEAT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/log.h"

struct log_repeat {
    const char *event; /* set by the caller; the rest is private */
    struct log_repeat *next;
    uint64_t since_ns;
    unsigned count;
    uint64_t skipped;
};

/* Writes the line at level error, or counts it. `r` must live as long as the process. */
void log_repeated(struct log_repeat *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Reports the lines that were left out. Call it about each second, and with `is_last` at the
 * end. */
void log_repeat_report(bool is_last);

#endif
