/* SPDX-License-Identifier: MIT */
/*
 * libh2o 2.2.5 drives its timers by gettimeofday(): a clock set forward would close connections,
 * and one set back would stop every timeout. The executable defines gettimeofday() itself, which
 * takes precedence over libc's: a caller inside libh2o gets the monotonic clock, any other (SQLite,
 * for one) real time. The time that libh2o shows to clients, the Date header, comes from
 * h2o_context_update_timestamp_cache(), which we also define, with real time.
 */
#include "workers/http/internal.h"

#include <sys/time.h>
#include <time.h>

#include "workers/http/h2o_library.h"

/* libh2o subtracts its timeouts from the time, which must not go negative just after booting. */
enum { OFFSET_S = 1 << 30 };

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    bool is_library = h2o_library_has(__builtin_return_address(0));
    struct timespec now;

    (void)zone;
    clock_gettime(is_library ? CLOCK_MONOTONIC : CLOCK_REALTIME, &now);
    tv->tv_sec = now.tv_sec + (is_library ? OFFSET_S : 0);
    tv->tv_usec = now.tv_nsec / 1000;
    return 0;
}

void h2o_context_update_timestamp_cache(h2o_context_t *ctx)
{
    time_t before = ctx->_timestamp_cache.tv_at.tv_sec;
    struct timespec now;
    struct tm utc;

    ctx->_timestamp_cache.uv_now_at = h2o_now(ctx->loop);
    clock_gettime(CLOCK_REALTIME, &now);
    ctx->_timestamp_cache.tv_at =
        (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    if (now.tv_sec == before && ctx->_timestamp_cache.value)
        return;
    if (ctx->_timestamp_cache.value)
        h2o_mem_release_shared(ctx->_timestamp_cache.value);
    ctx->_timestamp_cache.value = h2o_mem_alloc_shared(NULL, sizeof(h2o_timestamp_string_t), NULL);
    h2o_time2str_rfc1123(ctx->_timestamp_cache.value->rfc1123, gmtime_r(&now.tv_sec, &utc));
    h2o_time2str_log(ctx->_timestamp_cache.value->log, now.tv_sec);
}
