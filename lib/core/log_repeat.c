/* SPDX-License-Identifier: MIT */
#include "lib/core/log_repeat.h"

#include <assert.h>
#include <stdarg.h>

#include "lib/core/clock.h"

enum { LINES_MAX = 10 };
#define WINDOW_NS (10 * NS_PER_S)

static struct log_repeat *used; /* those that are in a window */

static void begin(struct log_repeat *r)
{
    r->since_ns = clock_ns();
    r->count = 0;
    r->skipped = 0;
    r->next = used;
    used = r;
}

void log_repeated(struct log_repeat *r, const char *format, ...)
{
    va_list args;

    assert(r->event);
    if (!r->since_ns)
        begin(r);
    if (r->count == LINES_MAX) {
        r->skipped++;
        return;
    }
    r->count++;
    va_start(args, format);
    log_vline(LOG_LEVEL_ERROR, r->event, format, args);
    va_end(args);
}

void log_repeat_report(bool is_last)
{
    struct log_repeat **at = &used;

    while (*at) {
        struct log_repeat *r = *at;

        if (!is_last && clock_ns() - r->since_ns < WINDOW_NS) {
            at = &r->next;
            continue;
        }
        if (r->skipped)
            log_error(r->event, "skipped=%lu", (unsigned long)r->skipped);
        *at = r->next;
        r->since_ns = 0;
    }
}
