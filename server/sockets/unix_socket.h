/* SPDX-License-Identifier: MIT */
/*
 * Listens at a path, and removes the socket it has created. It never replaces anything but a socket
 * of our own on which nobody answers; owner and mode are right from the moment the socket becomes
 * visible, and no symbolic link is followed on the way.
 */
#ifndef LEAT_SERVER_SOCKETS_UNIX_SOCKET_H
#define LEAT_SERVER_SOCKETS_UNIX_SOCKET_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

/* Identifies a file, whatever becomes of its path; the zero value is none. */
struct file_identity {
    dev_t device;
    ino_t inode;
};

struct unix_socket_options {
    const char *path;
    const char *label; /* precedes the path in messages: "control.socket: " */
    mode_t mode;
    uid_t uid; /* -1: unchanged */
    gid_t gid; /* -1: unchanged */
    int backlog;
};

/* Listens there; missing folders are created. Returns the socket (close-on-exec, non-blocking) and
 * fills *identity. On failure returns -1, `diags` says what is in the way, and nothing was
 * changed. */
int unix_socket_listen(const struct unix_socket_options *o, struct file_identity *identity,
                       struct diags *diags);
/* Fills *identity with the socket at `path`; the zero value if there is none. */
void unix_socket_identify(const char *path, struct file_identity *identity);
/* Removes the socket at `path` if it is still that one. */
void unix_socket_remove(const char *path, const struct file_identity *identity);

#endif
