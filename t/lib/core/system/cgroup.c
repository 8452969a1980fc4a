/* SPDX-License-Identifier: MIT */
#include "lib/core/system/cgroup.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/system/file.h"

static char root[] = "/tmp/leat-cgroup-XXXXXX";

static void make_root(void)
{
    cr_assert(mkdtemp(root));
}

static void remove_root(void)
{
    char command[128];

    snprintf(command, sizeof(command), "rm -rf %s", root);
    cr_assert_eq(system(command), 0);
}

TestSuite(cgroup, .init = make_root, .fini = remove_root);

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    cr_assert(file_make_parent(path));
    f = fopen(path, "w");
    cr_assert(f);
    fputs(text, f);
    fclose(f);
}

static struct cgroup_paths paths(void)
{
    static char self[128];

    snprintf(self, sizeof(self), "%s/self", root);
    return (struct cgroup_paths){root, self};
}

Test(cgroup, processors_are_rounded_up)
{
    static const struct {
        const char *text;
        unsigned processors;
    } rows[] = {{"50000 100000\n", 1},  {"100000 100000\n", 1}, {"100001 100000\n", 2},
                {"250000 100000\n", 3}, {"max 100000\n", 0},    {"", 0},
                {"5 0\n", 0},           {"-1 100000\n", 0},     {"junk\n", 0}};
    struct cgroup_paths p = paths();

    put("self", "0::/\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        put("cpu.max", rows[i].text);
        cr_expect_eq(cgroup_processors(&p), rows[i].processors, "%s", rows[i].text);
    }
}

Test(cgroup, the_smallest_limit_on_the_way_up_holds)
{
    struct cgroup_paths p = paths();

    put("self", "0::/a/b/c\n");
    put("a/cpu.max", "200000 100000\n");
    put("a/b/cpu.max", "800000 100000\n");
    cr_expect_eq(cgroup_processors(&p), 2);
    put("a/b/c/memory.max", "max\n");
    put("a/memory.max", "1048576\n");
    put("memory.max", "4194304\n");
    cr_expect_eq(cgroup_memory(&p), 1048576);
}

Test(cgroup, a_path_that_is_not_mounted_leads_to_the_root)
{
    struct cgroup_paths p = paths();

    put("self", "0::/kubepods/pod1/x\n");
    put("cpu.max", "150000 100000\n");
    put("memory.max", "1073741824\n");
    cr_expect_eq(cgroup_processors(&p), 2);
    cr_expect_eq(cgroup_memory(&p), 1073741824);
}

Test(cgroup, version_1)
{
    struct cgroup_paths p = paths();

    put("self", "9:name=systemd:/\n4:memory:/x\n1:cpu,cpuacct:/x\n");
    put("cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
    put("cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
    put("memory/x/memory.limit_in_bytes", "9223372036854771712\n");
    cr_expect_eq(cgroup_processors(&p), 0);
    cr_expect_eq(cgroup_memory(&p), 0);
    put("cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
    put("cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    put("memory/x/memory.limit_in_bytes", "536870912\n");
    cr_expect_eq(cgroup_processors(&p), 3);
    cr_expect_eq(cgroup_memory(&p), 536870912);
}

Test(cgroup, nothing_there_is_no_limit)
{
    struct cgroup_paths p = paths();

    cr_expect_eq(cgroup_processors(&p), 0);
    put("self", "\n:\n::\n0:\njunk");
    cr_expect_eq(cgroup_processors(&p), 0);
    cr_expect_eq(cgroup_memory(&p), 0);
}
