/* SPDX-License-Identifier: MIT */
/* What the control groups of this process allow it: a container has the machine's processors and
 * memory in sight, but not at its disposal. Version 2 and version 1 (cgroups(7)). */
#ifndef LEAT_CORE_SYSTEM_CGROUP_H
#define LEAT_CORE_SYSTEM_CGROUP_H

#include <stdint.h>

/* Where the kernel tells it. Tests use folders of their own. */
struct cgroup_paths {
    const char *mount; /* "/sys/fs/cgroup" */
    const char *self;  /* "/proc/self/cgroup" */
};
extern const struct cgroup_paths cgroup_kernel;

/* Returns how many processors' time may be used, rounded up, or 0 if there is no limit. */
unsigned cgroup_processors(const struct cgroup_paths *paths);
/* Returns how many bytes of memory may be used, or 0 if there is no limit. */
uint64_t cgroup_memory(const struct cgroup_paths *paths);

#endif
