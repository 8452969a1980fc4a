/* SPDX-License-Identifier: MIT */
#include "lib/core/system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool read_to_end(const char *path, int flags, size_t limit, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);
    ssize_t n = -1;
    size_t before = out->len;
    int saved;

    if (fd < 0)
        return false;
    while ((n = read(fd, buf_reserve(out, 16384), 16384)) > 0 || (n < 0 && errno == EINTR)) {
        out->len += n > 0 ? (size_t)n : 0;
        if (out->len - before > limit) {
            errno = EFBIG;
            n = -1;
            break;
        }
    }
    saved = errno;
    close(fd);
    errno = saved;
    return n == 0;
}

bool file_read(const char *path, size_t limit, struct buf *out)
{
    return read_to_end(path, O_NONBLOCK, limit, out);
}

/* Returns true if the path names a descriptor that the program was given, as a shell's <(command)
 * does. */
static bool is_inherited(const char *path)
{
    return strncmp(path, "/dev/fd/", 8) == 0 || strcmp(path, "/dev/stdin") == 0;
}

bool file_read_regular(const char *path, size_t limit, struct buf *out, struct fault *fault)
{
    bool is_pipe = false;
    struct stat st;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        is_pipe = S_ISFIFO(st.st_mode) && is_inherited(path);
        if (!is_pipe)
            return fault_set(fault, "is %s, not a regular file", file_kind(st.st_mode));
    }
    if (read_to_end(path, is_pipe ? 0 : O_NONBLOCK, limit, out))
        return true;
    return errno == EFBIG ? fault_set(fault, "is larger than %zu bytes", limit)
                          : fault_set(fault, "cannot be read: %s", strerror(errno));
}

char *file_beside(struct arena *a, const char *base, const char *path)
{
    const char *slash = strrchr(base, '/');

    if (path[0] == '/' || !slash)
        return arena_strdup(a, path);
    return arena_printf(a, "%.*s/%s", (int)(slash - base), base, path);
}

static bool make_folder(const char *path)
{
    struct stat st;

    if (mkdir(path, 0777) == 0)
        return true;
    if (errno != EEXIST || stat(path, &st) < 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(st.st_mode);
}

bool file_make_parent(const char *path)
{
    char parent[PATH_MAX];
    size_t len = strlen(path);

    if (len >= sizeof(parent)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(parent, path, len + 1);
    for (char *at = strchr(parent + 1, '/'); at; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (!make_folder(parent))
            return false;
        *at = '/';
    }
    return true;
}

const char *file_kind(mode_t mode)
{
    return S_ISREG(mode)    ? "a regular file"
           : S_ISDIR(mode)  ? "a folder"
           : S_ISLNK(mode)  ? "a symbolic link"
           : S_ISSOCK(mode) ? "a socket"
           : S_ISFIFO(mode) ? "a FIFO"
                            : "a device";
}
