/* SPDX-License-Identifier: MIT */
#include "server/pidfile.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool pidfile_write(const char *path)
{
    char fresh[PATH_MAX];
    FILE *out;

    if (snprintf(fresh, sizeof(fresh), "%s.%d", path, (int)getpid()) >= (int)sizeof(fresh)) {
        errno = ENAMETOOLONG;
        return false;
    }
    out = fopen(fresh, "we");
    if (!out)
        return false;
    fprintf(out, "%d\n", (int)getpid());
    if (fclose(out) == 0 && rename(fresh, path) == 0)
        return true;
    unlink(fresh);
    return false;
}

void pidfile_remove(const char *path)
{
    FILE *in = fopen(path, "re");
    int pid = 0;

    if (!in)
        return;
    if (fscanf(in, "%d", &pid) == 1 && pid == (int)getpid())
        unlink(path);
    fclose(in);
}
