/* SPDX-License-Identifier: MIT */
#include "server/generation/segment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/core/memory.h"

static struct segment *wrap(struct shm *shm, int fd)
{
    struct segment *s = xcalloc(1, sizeof(*s));

    assert(shm && fd >= 0);
    s->shm = shm;
    s->fd = fd;
    s->users = 1;
    return s;
}

struct segment *segment_new(void)
{
    struct shm *shm = NULL;
    int fd = shm_create(&shm);

    return fd < 0 ? NULL : wrap(shm, fd);
}

struct segment *segment_adopt(int fd)
{
    struct shm *shm = shm_attach(fd);

    if (shm) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        return wrap(shm, fd);
    }
    close(fd);
    return NULL;
}

struct segment *segment_keep(struct segment *s)
{
    assert(s->users > 0);
    s->users++;
    return s;
}

void segment_release(struct segment **s)
{
    assert((*s)->users > 0);
    if (--(*s)->users == 0) {
        shm_detach(&(*s)->shm);
        close((*s)->fd);
        free(*s);
    }
    *s = NULL;
}
