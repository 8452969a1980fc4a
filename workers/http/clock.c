/* SPDX-License-Identifier: MIT */
/*
 * libh2o 2.2.5 drives its timers by gettimeofday(), so that a clock that is set forward closes
 * connections and one that is set back stops every timeout. The executable's own gettimeofday()
 * wins over that of libc: a caller inside libh2o gets the monotonic clock, any other (SQLite, for
 * one) the real one. What libh2o tells people, the Date header, comes from
 * h2o_context_update_timestamp_cache(), which is ours too and asks for real time.
 */
#include "workers/http/internal.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/time.h>
#include <time.h>

/* libh2o subtracts its timeouts from the time: just after booting that must not be negative. */
enum { OFFSET_S = 1 << 30 };

static struct {
    uintptr_t start, end;
} library; /* libh2o's code */

static int find_library(struct dl_phdr_info *info, size_t size, void *arg)
{
    uintptr_t inside = (uintptr_t)arg;

    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *h = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + h->p_vaddr;

        if (h->p_type == PT_LOAD && h->p_flags & PF_X && inside >= start &&
            inside < start + h->p_memsz) {
            library.start = start;
            library.end = start + h->p_memsz;
            return 1;
        }
    }
    return 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0);
    bool is_library = caller >= library.start && caller < library.end;
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

bool clock_guard_start(void)
{
    dl_iterate_phdr(find_library, dlsym(RTLD_DEFAULT, "h2o_evloop_run"));
    return library.start && dlsym(RTLD_DEFAULT, "gettimeofday") == (void *)gettimeofday &&
           dlsym(RTLD_DEFAULT, "h2o_context_update_timestamp_cache") ==
               (void *)h2o_context_update_timestamp_cache;
}
