/* SPDX-License-Identifier: MIT */
/*
 * The folder of a socket may belong to a user whom a master running as root must not trust (systemd
 * gives RuntimeDirectory to User=). If the socket were bound at its path, and given its owner and
 * mode there, that user could meanwhile put a link to any file in its place. So it is bound in a
 * private folder inside the other, completed there, and then moved to its name:
 *
 *     PARENT/.leat-XXXXXXXX/s ──chown, chmod, listen──▶ rename ──▶ PARENT/NAME
 *
 * All steps are relative to two descriptors, of the parent and of the private folder. The last step
 * replaces nothing: if a stale socket has the name, the two are exchanged, and the other is removed
 * only if it is the one that was found to be stale.
 */
#include "server/sockets/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/core/system/file.h"
#include "lib/core/text/uuid.h"

static const char private_name[] = "s";

/* The state of one call of unix_socket_listen(). */
struct socket_binding {
    const struct unix_socket_options *o;
    struct diags *diags;
    char name[NAME_MAX + 1];    /* in `parent` */
    char folder[32];            /* the private one, in `parent` */
    int parent, private;        /* -1: not open */
    struct file_identity fresh; /* the new socket */
    struct file_identity stale; /* the socket at its name; zero: none */
};

static bool fail(struct socket_binding *b, const char *what)
{
    diag_error(b->diags, NULL, "%s%s: %s", b->o->label, b->o->path, what);
    return false;
}

static bool is_same(const struct file_identity *a, const struct file_identity *b)
{
    return a->inode == b->inode && a->device == b->device;
}

static bool identify(int folder, const char *name, struct file_identity *out)
{
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return false;
    *out = (struct file_identity){st.st_dev, st.st_ino};
    return true;
}

/* --- the existing file --- */

/* Returns whether a process answers there; if not, errno says why. */
static bool is_answered(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), saved;
    bool answered;

    if (fd < 0)
        return false;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    answered = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EAGAIN;
    saved = errno;
    close(fd);
    errno = saved;
    return answered;
}

static bool check_owner(struct socket_binding *b, uid_t uid)
{
    char text[128];

    if (uid == geteuid() || uid == b->o->uid)
        return true;
    snprintf(text, sizeof(text), "an unused socket of user %u is in the way; remove it", uid);
    return fail(b, text);
}

/* Returns whether the name can be taken: it is free, or has a stale socket of ours. */
static bool check_place(struct socket_binding *b)
{
    struct stat st;
    char text[128];

    if (fstatat(b->parent, b->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT || fail(b, strerror(errno));
    if (!S_ISSOCK(st.st_mode)) {
        snprintf(text, sizeof(text), "%s is in the way; move it or choose another path",
                 file_kind(st.st_mode));
        return fail(b, text);
    }
    if (is_answered(b->o->path))
        return fail(b, "another process is listening there; is leat already running?");
    if (errno != ECONNREFUSED)
        return fail(b, strerror(errno));
    b->stale = (struct file_identity){st.st_dev, st.st_ino};
    return check_owner(b, st.st_uid);
}

/* --- the private folder --- */

static bool open_parent(struct socket_binding *b)
{
    char copy[PATH_MAX];

    if (strlen(b->o->path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
        return fail(b, "the path is too long for a socket");
    if (!file_make_parent(b->o->path))
        return fail(b, strerror(errno));
    snprintf(copy, sizeof(copy), "%s", b->o->path);
    snprintf(b->name, sizeof(b->name), "%s", basename(copy));
    snprintf(copy, sizeof(copy), "%s", b->o->path);
    b->parent = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
    return b->parent >= 0 || fail(b, strerror(errno));
}

/* Creates the private folder; the owner of the parent may put another folder in its place. */
static bool make_private(struct socket_binding *b)
{
    unsigned random;
    struct stat st;

    random_bytes(&random, sizeof(random));
    snprintf(b->folder, sizeof(b->folder), ".leat-%08x", random);
    if (mkdirat(b->parent, b->folder, 0700) < 0) {
        b->folder[0] = '\0';
        return fail(b, strerror(errno));
    }
    b->private = openat(b->parent, b->folder, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (b->private < 0 || fstat(b->private, &st) < 0)
        return fail(b, strerror(errno));
    if (st.st_uid != geteuid() || (st.st_mode & 0077))
        return fail(b, "its directory is being changed by another user");
    return true;
}

static bool finish(struct socket_binding *b, int fd)
{
    const struct unix_socket_options *o = b->o;

    return ((o->uid == (uid_t)-1 && o->gid == (gid_t)-1) ||
            fchownat(b->private, private_name, o->uid, o->gid, AT_SYMLINK_NOFOLLOW) == 0) &&
           fchmodat(b->private, private_name, o->mode, 0) == 0 && listen(fd, o->backlog) == 0 &&
           identify(b->private, private_name, &b->fresh);
}

/* Returns the socket, complete but for its name; -1 on failure. */
static int make_socket(struct socket_binding *b)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", b->private,
             private_name);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && finish(b, fd))
        return fd;
    fail(b, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* --- the name --- */

static bool exchange(struct socket_binding *b, unsigned how)
{
    return renameat2(b->private, private_name, b->parent, b->name, how) == 0;
}

/* Gives the socket its name on file systems that can neither exchange names nor rename without
 * replacing. A link replaces nothing either. */
static bool link_name(struct socket_binding *b)
{
    struct file_identity now;

    if (b->stale.inode && (!identify(b->parent, b->name, &now) || !is_same(&now, &b->stale) ||
                           unlinkat(b->parent, b->name, 0) < 0))
        return false;
    return linkat(b->private, private_name, b->parent, b->name, 0) == 0;
}

static bool take_name(struct socket_binding *b)
{
    struct file_identity taken;

    if (!exchange(b, b->stale.inode ? RENAME_EXCHANGE : RENAME_NOREPLACE))
        return (errno == EINVAL && link_name(b)) || fail(b, strerror(errno));
    if (!b->stale.inode ||
        (identify(b->private, private_name, &taken) && is_same(&taken, &b->stale)))
        return true;
    exchange(b, RENAME_EXCHANGE);
    return fail(b, "the old socket was replaced in the meantime");
}

/* Removes the private folder and its content: the new socket if it got no name, or the stale
 * one. */
static void clean_up(struct socket_binding *b)
{
    if (b->private >= 0) {
        unlinkat(b->private, private_name, 0);
        close(b->private);
    }
    if (b->folder[0])
        unlinkat(b->parent, b->folder, AT_REMOVEDIR);
    if (b->parent >= 0)
        close(b->parent);
}

int unix_socket_listen(const struct unix_socket_options *o, struct file_identity *identity,
                       struct diags *diags)
{
    struct socket_binding b = {.o = o, .diags = diags, .parent = -1, .private = -1};
    int fd = -1;

    if (open_parent(&b) && check_place(&b) && make_private(&b))
        fd = make_socket(&b);
    if (fd >= 0 && !take_name(&b)) {
        close(fd);
        fd = -1;
    }
    clean_up(&b);
    *identity = (struct file_identity){0};
    if (fd >= 0)
        *identity = b.fresh;
    return fd;
}

void unix_socket_identify(const char *path, struct file_identity *identity)
{
    struct stat st;

    *identity = (struct file_identity){0};
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        *identity = (struct file_identity){st.st_dev, st.st_ino};
}

void unix_socket_remove(const char *path, const struct file_identity *identity)
{
    struct file_identity now;

    unix_socket_identify(path, &now);
    if (identity->inode && is_same(&now, identity))
        unlink(path);
}
