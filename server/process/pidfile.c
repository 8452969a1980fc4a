/* SPDX-License-Identifier: MIT */
/*
 * The file must never be partial, never replace anything but a pid file, and never name a process
 * other than ours while we run. So it is written under another name in the same folder and renamed,
 * and only after what is in its place was opened without following links and found to hold a
 * single number. A number whose process runs a program of another name is stale: pids are reused.
 */
#include "server/process/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/system/file.h"
#include "lib/core/log.h"

enum { TEXT_MAX = 32 };

/* Returns the number in the file, 0 if it is empty, or -1 if it is not a pid file. */
static long read_pid(int fd)
{
    char text[TEXT_MAX + 1], *end;
    ssize_t n = read(fd, text, TEXT_MAX);
    long pid;

    if (n <= 0)
        return n;
    text[n] = '\0';
    pid = strtol(text, &end, 10);
    end += strspn(end, " \n");
    return end == text + n && pid > 0 && pid <= INT_MAX ? pid : -1;
}

/* Sets `name` to the program that the process runs; empty if there is no such process. */
static void read_name(long pid, char name[static 32])
{
    char path[64];
    ssize_t n = -1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/comm", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        n = read(fd, name, 31);
        close(fd);
    }
    name[n > 0 ? n : 0] = '\0';
}

static bool is_leat(long pid)
{
    char its[32], ours[32];

    read_name(pid, its);
    read_name(getpid(), ours);
    return its[0] && strcmp(its, ours) == 0;
}

/* Opens the file at `path` if it is a regular one; sets *is_clear if there is none. Returns -1 on
 * failure, with errno or `diags`. */
static int open_file(const char *path, bool *is_clear, struct diags *diags)
{
    struct stat st;
    int fd;

    *is_clear = false;
    if (lstat(path, &st) < 0) {
        *is_clear = errno == ENOENT;
        if (!*is_clear)
            diag_error(diags, NULL, "pid file %s: %s", path, strerror(errno));
        return -1;
    }
    if (!S_ISREG(st.st_mode)) {
        diag_error(diags, NULL, "pid file %s: %s is in the way; move it or choose another path",
                   path, file_kind(st.st_mode));
        return -1;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        diag_error(diags, NULL, "pid file %s: %s", path, strerror(errno));
    return fd;
}

bool pidfile_check(const struct pidfile *p, struct diags *diags)
{
    bool is_clear = true;
    int fd = p->path ? open_file(p->path, &is_clear, diags) : -1;
    long pid = fd < 0 ? 0 : read_pid(fd);

    if (fd < 0)
        return is_clear;
    close(fd);
    if (pid < 0)
        diag_error(
            diags, NULL,
            "pid file %s: the existing file holds no process ID; move it or choose another path",
            p->path);
    else if (pid && pid != getpid() && pid != p->older && is_leat(pid))
        diag_error(diags, NULL, "pid file %s: process %ld is a running leat", p->path, pid);
    else
        return true;
    return false;
}

/* Creates a new file beside it, whose path is written to `fresh`. Returns -1 and sets errno on
 * failure. */
static int make_file(const char *path, char fresh[static PATH_MAX])
{
    int fd;

    if (snprintf(fresh, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(fresh, O_CLOEXEC);
    if (fd >= 0 && fchmod(fd, 0644) == 0 && dprintf(fd, "%d\n", (int)getpid()) > 0)
        return fd;
    if (fd >= 0) {
        int saved = errno;

        close(fd);
        unlink(fresh);
        errno = saved;
    }
    return -1;
}

/* Puts a complete file in place. */
static bool replace_file(const struct pidfile *p, struct diags *diags)
{
    char fresh[PATH_MAX];
    int fd = make_file(p->path, fresh);
    bool ok;

    if (fd < 0) {
        diag_error(diags, NULL, "pid file %s: %s", p->path, strerror(errno));
        return false;
    }
    close(fd);
    ok = pidfile_check(p, diags);
    if (ok && rename(fresh, p->path) < 0) {
        diag_error(diags, NULL, "pid file %s: %s", p->path, strerror(errno));
        ok = false;
    }
    if (!ok)
        unlink(fresh);
    return ok;
}

void pidfile_write(struct pidfile *p)
{
    struct diags diags = {0};

    if (!p->path || !p->is_due)
        return;
    p->is_due = !replace_file(p, &diags);
    if (p->is_due && !p->is_reported)
        log_error("master.pid-file", "%s: retrying", diags.items->message);
    p->is_reported = p->is_due;
    diags_fini(&diags);
}

void pidfile_remove(const struct pidfile *p)
{
    struct diags diags = {0};
    bool is_clear;
    int fd = p->path ? open_file(p->path, &is_clear, &diags) : -1;

    if (fd >= 0) {
        if (read_pid(fd) == getpid())
            unlink(p->path);
        close(fd);
    }
    diags_fini(&diags);
}
