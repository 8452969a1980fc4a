/* SPDX-License-Identifier: MIT */
/*
 * Listens at a path, and removes what it has made there. Nothing but a socket of our own that
 * nobody answers on any more is ever replaced; its owner and mode are right from the moment on that
 * it can be seen, and no symbolic link is followed on the way.
 */
#ifndef LEAT_SERVER_UNIX_SOCKET_H
#define LEAT_SERVER_UNIX_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

/* Which file it is, whatever becomes of its path; the zero value is none. */
struct file_identity {
    dev_t device;
    ino_t inode;
};

struct unix_socket_options {
    const char *path;
    const char *label; /* what stands before the path in messages: "control.socket: " */
    mode_t mode;
    uid_t uid; /* -1: as it comes */
    gid_t gid; /* -1: as it comes */
    int backlog;
};

/* Listens there; missing folders are made. Returns the socket (close-on-exec, not blocking) and
 * fills *identity; -1: `diags` says what is in the way, and nothing was changed. */
int unix_socket_listen(const struct unix_socket_options *o, struct file_identity *identity,
                       struct diags *diags);
/* Fills *identity with the socket that stands at `path`; the zero value if there is none. */
void unix_socket_identify(const char *path, struct file_identity *identity);
/* Removes the socket at `path`, if it is that one still. */
void unix_socket_remove(const char *path, const struct file_identity *identity);

#endif
