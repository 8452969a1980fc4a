/* SPDX-License-Identifier: MIT */
/* Restricts what this process can reach: files, ports, other processes (landlock(7)). */
#ifndef LEAT_WORKERS_SANDBOX_LANDLOCK_H
#define LEAT_WORKERS_SANDBOX_LANDLOCK_H

#include <stdbool.h>

struct landlock_rules;

enum landlock_access {
    LANDLOCK_READ = 1,
    LANDLOCK_WRITE = 2, /* includes creating and removing files */
    LANDLOCK_MAKE_FOLDERS = 4,
};

/* Starts a set of rules that allows nothing; without `connects`, not even connecting to a TCP port.
 * Returns NULL if the kernel has no Landlock. */
struct landlock_rules *landlock_new(bool connects);
/* Allows `access` (bits) to the file, or to the folder and all beneath it; a path that does not
 * exist is ignored. */
void landlock_allow(struct landlock_rules *rules, const char *path, unsigned access);
/* Confines this thread and all threads that it creates, permanently, and frees the rules. Returns
 * false if that failed. */
bool landlock_confine(struct landlock_rules **rules);

#endif
