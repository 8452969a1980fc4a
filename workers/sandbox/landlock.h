/* SPDX-License-Identifier: MIT */
/* What this process may reach from now on: files, ports, other processes (landlock(7)). */
#ifndef LEAT_WORKERS_SANDBOX_LANDLOCK_H
#define LEAT_WORKERS_SANDBOX_LANDLOCK_H

#include <stdbool.h>

struct landlock_rules;

enum landlock_access {
    LANDLOCK_READ = 1,
    LANDLOCK_WRITE = 2, /* and make and remove files */
    LANDLOCK_MAKE_FOLDERS = 4,
};

/* Begins a set of rules that allows nothing; without `connects` not even to connect to a TCP port.
 * NULL: the kernel has no Landlock. */
struct landlock_rules *landlock_new(bool connects);
/* Allows `access` (bits) to the file, or to the folder and all beneath it; what is not there needs
 * no permission. */
void landlock_allow(struct landlock_rules *rules, const char *path, unsigned access);
/* Confines this thread and those that it makes, for good, and frees the rules. */
bool landlock_confine(struct landlock_rules **rules);

#endif
