/* SPDX-License-Identifier: MIT */
/* The listening sockets: bound once, inherited by every worker, kept across generations. */
#ifndef LEAT_SERVER_LISTEN_H
#define LEAT_SERVER_LISTEN_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

struct listener {
    struct listener *next;
    int fd;
    char address[];
};

struct listeners {
    struct listener *first;
    int *inherited; /* LISTEN_FDS that are not matched yet, -1 where taken */
    int inherited_count;
};

/* Takes over the sockets that a service manager passes (sd_listen_fds(3)). */
void listen_inherit(struct listeners *l);
/* A descriptor for each item of the configuration's `listen`, bound if it is not yet; fds has room
 * for all. False: `diags` says which failed; what was newly bound is closed again. */
bool listen_open(struct listeners *l, struct json_object *config, int *fds, struct diags *diags);
/* Closes what the `listen` of `config` does not name; NULL closes everything. */
void listen_close_unused(struct listeners *l, struct json_object *config);

#endif
