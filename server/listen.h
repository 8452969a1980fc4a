/* SPDX-License-Identifier: MIT */
/* The listening sockets: bound once, inherited by every worker, kept across generations. */
#ifndef LEAT_SERVER_LISTEN_H
#define LEAT_SERVER_LISTEN_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "server/unix_socket.h"

struct listener {
    struct listener *next;
    int fd;
    bool is_borrowed; /* another master's: the file of a unix socket is not ours to remove */
    bool is_managed;  /* the service manager's: neither */
    struct file_identity file; /* of a unix socket */
    int backlog;
    mode_t mode; /* of a unix socket */
    char address[];
};

struct listeners {
    struct listener *first;
    int *inherited; /* the service manager's that no item of `listen` names; -1 where taken */
    int inherited_count;
};

/* Takes over the sockets that a service manager passes (sd_listen_fds(3)). */
void listen_inherit(struct listeners *l);
/* A descriptor for each item of the configuration's `listen`, bound if it is not yet; fds has room
 * for all. False: `diags` says which failed; what was newly bound is closed again. */
bool listen_open(struct listeners *l, struct json_object *config, int *fds, struct diags *diags);
/* Listens again where a worker, which shares the sockets, has ended that by shutdown(2). False: a
 * unix socket had to be made anew, of which the workers that run know nothing. */
bool listen_repair(struct listeners *l);
/* Logs those of the service manager that no item of `listen` names. */
void listen_report_unused(const struct listeners *l);
/* Adds a socket that an older master passes on, borrowed. Takes `fd`. */
void listen_adopt(struct listeners *l, const char *address, int fd, bool is_managed);
/* The older master goes: what was borrowed is ours. */
void listen_own(struct listeners *l);
/* Closes what the `listen` of `config` does not name; the service manager's are kept for when it
 * names them again. NULL closes everything. */
void listen_close_unused(struct listeners *l, struct json_object *config);
/* A newer master has them: the files of unix sockets are its. */
void listen_disown(struct listeners *l);

#endif
