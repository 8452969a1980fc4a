/* SPDX-License-Identifier: MIT */
#include "server/process/usage.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "lib/core/buf.h"
#include "lib/core/system/file.h"

enum { STAT_MAX = 4096 };

uint64_t usage_cpu_us(pid_t pid)
{
    unsigned long user, kernel;
    struct buf text = {0};
    const char *rest;
    char path[64];
    bool ok;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    rest = file_read(path, STAT_MAX, &text) ? strrchr(buf_text(&text), ')') : NULL;
    ok = rest &&
         sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) == 2;
    buf_fini(&text);
    return ok ? (uint64_t)(user + kernel) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK) : 0;
}

static uint64_t microseconds(struct timeval t)
{
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_usec;
}

uint64_t usage_own_cpu_us(void)
{
    static const int whom[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    uint64_t sum = 0;

    for (int i = 0; i < 2; i++) {
        struct rusage r;

        if (getrusage(whom[i], &r) == 0)
            sum += microseconds(r.ru_utime) + microseconds(r.ru_stime);
    }
    return sum;
}

uint64_t usage_own_memory(void)
{
    struct buf text = {0};
    unsigned long pages = 0;

    if (!file_read("/proc/self/statm", STAT_MAX, &text) ||
        sscanf(buf_text(&text), "%*u %lu", &pages) != 1)
        pages = 0;
    buf_fini(&text);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
