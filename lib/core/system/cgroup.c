/* SPDX-License-Identifier: MIT */
/* A limit holds for all groups below the one that has it, so the smallest one on the way up to the
 * root of the mount is in force. The way begins at the path that /proc/self/cgroup tells, which in
 * a container may lead to nothing, because only a part of the tree is mounted there: missing
 * folders are passed over, and the root of the mount, which then is the container's own group, is
 * asked in any case. */
#include "lib/core/system/cgroup.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/buf.h"
#include "lib/core/system/file.h"
#include "lib/core/slice.h"

enum { FILE_MAX = 64 << 10 };

/* The most that a group of version 1 says instead of "no limit" is a little below 2^63. */
static const uint64_t no_limit = (uint64_t)1 << 62;

const struct cgroup_paths cgroup_kernel = {"/sys/fs/cgroup", "/proc/self/cgroup"};

/* Reads the limit of one group from its folder. Returns 0 if it has none. */
typedef uint64_t limit_fn(const char *folder);

static bool read_text(const char *folder, const char *name, struct buf *out)
{
    struct buf path = {0};
    bool ok;

    buf_printf(&path, "%s/%s", folder, name);
    ok = file_read(path.data, FILE_MAX, out);
    buf_fini(&path);
    buf_putc(out, '\0');
    return ok;
}

static uint64_t read_number(const char *folder, const char *name)
{
    struct buf text = {0};
    uint64_t number =
        read_text(folder, name, &text) && text.data[0] != '-' ? strtoull(text.data, NULL, 10) : 0;

    buf_fini(&text);
    return number < no_limit ? number : 0;
}

static uint64_t divide_up(uint64_t quota, uint64_t period)
{
    return quota && period ? quota / period + (quota % period != 0) : 0;
}

/* "50000 100000", or "max 100000". */
static uint64_t read_cpu_max(const char *folder)
{
    struct buf text = {0};
    unsigned long long quota = 0, period = 0;

    if (read_text(folder, "cpu.max", &text) && sscanf(text.data, "%llu %llu", &quota, &period) != 2)
        quota = 0;
    buf_fini(&text);
    return divide_up(quota, period);
}

static uint64_t read_cfs_quota(const char *folder)
{
    return divide_up(read_number(folder, "cpu.cfs_quota_us"),
                     read_number(folder, "cpu.cfs_period_us"));
}

/* "max" is 0 as a number. */
static uint64_t read_memory_max(const char *folder)
{
    return read_number(folder, "memory.max");
}

static uint64_t read_memory_limit(const char *folder)
{
    return read_number(folder, "memory.limit_in_bytes");
}

/* Returns the smallest limit from the group `path` up to the root of the mount. */
static uint64_t smallest(const char *mount, struct slice path, limit_fn *limit)
{
    uint64_t least = 0, one;
    struct buf folder = {0};

    for (;;) {
        folder.len = 0;
        buf_printf(&folder, "%s%.*s", mount, (int)path.len, path.len ? path.data : "");
        one = limit(folder.data);
        least = one && (!least || one < least) ? one : least;
        if (!path.len)
            break;
        while (path.len && path.data[--path.len] != '/')
            continue;
    }
    buf_fini(&folder);
    return least;
}

/* Returns the limit for one line of /proc/self/cgroup, "5:cpu,cpuacct:/path" or "0::/path". */
static uint64_t limit_of_line(const struct cgroup_paths *paths, struct slice line,
                              const char *controller, limit_fn *v1, limit_fn *v2)
{
    struct slice names, each;
    struct buf mount = {0};
    uint64_t limit = 0;

    slice_cut(&line, ':');
    names = slice_cut(&line, ':');
    if (line.len == 1)
        line.len = 0; /* the root is "/" */
    if (!names.len)
        return smallest(paths->mount, line, v2);
    buf_printf(&mount, "%s/%.*s", paths->mount, (int)names.len, names.data);
    for (each = names; each.len;)
        if (slice_is(slice_cut(&each, ','), controller))
            limit = smallest(mount.data, line, v1);
    buf_fini(&mount);
    return limit;
}

static uint64_t find_limit(const struct cgroup_paths *paths, const char *controller, limit_fn *v1,
                           limit_fn *v2)
{
    struct buf text = {0};
    struct slice rest;
    uint64_t least = 0, one;

    assert(paths->mount && paths->self);
    if (!file_read(paths->self, FILE_MAX, &text))
        text.len = 0;
    rest = buf_slice(&text);
    while (rest.len) {
        one = limit_of_line(paths, slice_cut(&rest, '\n'), controller, v1, v2);
        least = one && (!least || one < least) ? one : least;
    }
    buf_fini(&text);
    return least;
}

unsigned cgroup_processors(const struct cgroup_paths *paths)
{
    uint64_t limit = find_limit(paths, "cpu", read_cfs_quota, read_cpu_max);

    return limit < UINT16_MAX ? (unsigned)limit : 0;
}

uint64_t cgroup_memory(const struct cgroup_paths *paths)
{
    return find_limit(paths, "memory", read_memory_limit, read_memory_max);
}
