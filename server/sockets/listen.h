/* SPDX-License-Identifier: MIT */
/* The listening sockets: bound once, inherited by every worker, kept across generations. */
#ifndef LEAT_SERVER_SOCKETS_LISTEN_H
#define LEAT_SERVER_SOCKETS_LISTEN_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "server/sockets/unix_socket.h"

struct listener {
    struct listener *next;
    int fd;
    bool is_borrowed; /* another master's: a unix socket's file is not ours to remove */
    bool is_tls;
    bool is_managed;           /* the service manager's: likewise */
    struct file_identity file; /* of a unix socket */
    int backlog;
    mode_t mode; /* of a unix socket */
    char address[];
};

struct listeners {
    struct listener *first;
    int *inherited; /* descriptors of the service manager that `listen` has not named; -1: taken */
    int inherited_count;
};

/* Takes the sockets that a service manager passes (sd_listen_fds(3)). */
void listen_inherit(struct listeners *l);
/* Fills fds with a descriptor for each item of the configuration's `listen`, and binds those that
 * are missing; fds has room for all. On failure returns false, `diags` says which failed, and what
 * was newly bound is closed again. */
bool listen_open(struct listeners *l, struct json_object *config, int *fds, struct diags *diags);
/* Repairs listeners that a worker, which shares them, has ended by shutdown(2). Returns false if a
 * unix socket had to be replaced, which running workers cannot know. */
bool listen_repair(struct listeners *l);
/* Returns the address that the socket is bound to: that of the configuration, with the port that
 * the kernel chose in place of port 0. Free it with free(). */
char *listen_address(const struct listener *item);
/* Logs the service manager's sockets that no item of `listen` names. */
void listen_report_unused(const struct listeners *l);
/* Adds a socket that an older master passes, as borrowed. Takes `fd`. */
void listen_adopt(struct listeners *l, const char *address, int fd, bool is_managed);
/* Takes ownership of borrowed sockets; call it when the older master goes. */
void listen_own(struct listeners *l);
/* Closes listeners that the `listen` of `config` does not name; those of the service manager are
 * kept in case that it names them again. NULL closes everything. */
void listen_close_unused(struct listeners *l, struct json_object *config);
/* Gives up the files of unix sockets to a newer master. */
void listen_disown(struct listeners *l);

#endif
