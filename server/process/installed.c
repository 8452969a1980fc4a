/* SPDX-License-Identifier: MIT */
#include "server/process/installed.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/core/memory.h"
#include "config.h"

enum { PINNED_FD = 512 };

char *installed_pin(const char *path)
{
    int fd = open(path, O_PATH | O_CLOEXEC), high;
    char *pinned = NULL;

    /* Moves the descriptor past all that a child inherits, so that it is still open when the child
     * executes it. */
    high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, PINNED_FD);
    if (fd >= 0)
        close(fd);
    if (high >= 0)
        pinned = xasprintf("/proc/self/fd/%d", high);
    if (high >= 0 && access(pinned, X_OK) == 0)
        return pinned;
    if (high >= 0)
        close(high);
    free(pinned);
    return xstrdup(path);
}

/* Returns the path of the file of that name beside this program, or `otherwise`. */
static char *find_installed(const char *name, int mode, const char *otherwise)
{
    char self[PATH_MAX], *path = NULL, *slash;
    ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

    self[n > 0 ? n : 0] = '\0';
    slash = strrchr(self, '/');
    if (slash)
        path = xasprintf("%.*s/%s", (int)(slash - self), self, name);
    if (slash && access(path, mode) == 0)
        return path;
    free(path);
    return xstrdup(otherwise);
}

char *installed_worker(void)
{
    return find_installed("leat-worker", X_OK, LIBEXECDIR "/leat-worker");
}

char *installed_data(const char *name)
{
    char *here, *there, *found;

    here = xasprintf("leat-%s", name);
    there = xasprintf(PKGDATADIR "/%s", name);
    found = find_installed(here, R_OK, there);
    free(here);
    free(there);
    return found;
}
