/* SPDX-License-Identifier: MIT */
#include "lib/core/clock.h"

#include <stdio.h>
#include <string.h>
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

void clock_rfc3339(uint64_t real_ms, char out[static CLOCK_TEXT])
{
    time_t seconds = (time_t)(real_ms / 1000);
    struct tm tm;
    char text[64];

    gmtime_r(&seconds, &tm);
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
             (unsigned)(real_ms % 1000));
    memcpy(out, text, CLOCK_TEXT - 1);
    out[CLOCK_TEXT - 1] = '\0';
}
