/* SPDX-License-Identifier: MIT */
#include "lib/api/request/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/core/text/uuid.h"

enum { OPEN_FLAGS = O_RDWR | O_EXCL | O_CLOEXEC, OPEN_MODE = 0600 };

/* Opens a file on file systems without O_TMPFILE: it has a name only between two calls. */
static int open_unlinked(int folder)
{
    char unique[UUID_TEXT], name[UUID_TEXT + 8];
    int fd;

    uuid_v7(unique);
    snprintf(name, sizeof(name), ".leat-%s", unique);
    fd = openat(folder, name, OPEN_FLAGS | O_CREAT | O_NOFOLLOW, OPEN_MODE);
    if (fd >= 0 && unlinkat(folder, name, 0) < 0) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

/* Opens a temporary file. With O_EXCL it can never be linked to a name (open(2)). */
static int open_temporary(int folder)
{
    int fd = openat(folder, ".", OPEN_FLAGS | O_TMPFILE, OPEN_MODE);

    /* EISDIR comes from file systems that do not know O_TMPFILE */
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        return open_unlinked(folder);
    return fd;
}

static bool write_at_start(int fd, struct slice data)
{
    size_t done = 0;

    while (done < data.len) {
        ssize_t n = pwrite(fd, data.data + done, data.len - done, (off_t)done);

        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static enum upload_result failure(void)
{
    return errno == ENOSPC || errno == EDQUOT ? UPLOAD_NO_SPACE : UPLOAD_FAILED;
}

static void release_upload(void *arg)
{
    struct upload *u = arg;

    if (u->map)
        munmap((void *)(uintptr_t)u->map, u->size);
    close(u->fd);
}

static const char *text_of(struct slice s, struct arena *arena)
{
    return s.data ? arena_strndup(arena, s.data, s.len) : NULL;
}

enum upload_result upload_keep(int folder, const struct multipart_part *part, size_t limit,
                               struct arena *arena, struct upload **out)
{
    struct upload *u;
    int fd;

    if (part->data.len > limit)
        return UPLOAD_TOO_LARGE;
    fd = open_temporary(folder);
    if (fd < 0)
        return failure();
    if (!write_at_start(fd, part->data)) {
        int saved = errno;

        close(fd);
        errno = saved;
        return failure();
    }
    u = arena_alloc(arena, sizeof(*u));
    *u = (struct upload){.name = text_of(part->name, arena),
                         .filename = text_of(part->filename, arena),
                         .type = text_of(part->type, arena),
                         .size = part->data.len,
                         .fd = fd};
    arena_defer(arena, release_upload, u);
    *out = u;
    return UPLOAD_OK;
}

bool upload_map(struct upload *u, struct slice *bytes)
{
    *bytes = SLICE_LIT("");
    /* an empty file cannot be mapped */
    if (!u->size)
        return true;
    if (!u->map) {
        void *map = mmap(NULL, u->size, PROT_READ, MAP_PRIVATE, u->fd, 0);

        if (map == MAP_FAILED)
            return false;
        u->map = map;
    }
    *bytes = (struct slice){u->map, u->size};
    return true;
}
