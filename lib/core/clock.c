/* SPDX-License-Identifier: MIT */
#include "lib/core/clock.h"

#include <time.h>

static uint64_t read_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

uint64_t clock_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t clock_thread_ns(void)
{
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t clock_real_ms(void)
{
    return read_ns(CLOCK_REALTIME) / NS_PER_MS;
}

static char *put_digits(char *to, unsigned value, int width, char after)
{
    for (int i = width; i-- > 0; value /= 10)
        to[i] = (char)('0' + value % 10);
    to[width] = after;
    return to + width + 1;
}

/* Without printf, since each request asks for it. */
void clock_rfc3339(uint64_t real_ms, char out[static CLOCK_TEXT])
{
    time_t seconds = (time_t)(real_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    out = put_digits(out, (unsigned)tm.tm_year + 1900, 4, '-');
    out = put_digits(out, (unsigned)tm.tm_mon + 1, 2, '-');
    out = put_digits(out, (unsigned)tm.tm_mday, 2, 'T');
    out = put_digits(out, (unsigned)tm.tm_hour, 2, ':');
    out = put_digits(out, (unsigned)tm.tm_min, 2, ':');
    out = put_digits(out, (unsigned)tm.tm_sec, 2, '.');
    out = put_digits(out, (unsigned)(real_ms % 1000), 3, 'Z');
    *out = '\0';
}
