/* SPDX-License-Identifier: MIT */
/*
 * Gives up, for good, what a worker or a command of leat-worker does not need: privileges, files
 * (landlock.h), system calls (system_calls.h), processes. Call it while there is a single thread.
 */
#ifndef LEAT_WORKERS_SANDBOX_SANDBOX_H
#define LEAT_WORKERS_SANDBOX_SANDBOX_H

#include <stdbool.h>

#include <json-c/json.h>

struct sandbox_options {
    const char *database; /* path of the file, whose folder may be read and written; NULL: none */
    const char *uploads;  /* another such folder */
    bool is_outbound;     /* makes requests to other servers */
    bool has_server;      /* the database is a server's; is_outbound must be true too */
    int workers;          /* number of workers that run as this user */
};

/* Drops all privileges and the way to new ones, leaves no core file, and makes the process
 * undumpable, so that nobody reads keys from its memory. */
void sandbox_harden(void);
/* Confines a worker, and logs what the kernel does not support. */
void sandbox_worker(const struct sandbox_options *o);
/* Confines a command as far as its work allows: it may read any file, because documents may be
 * anywhere, and write where the configuration (NULL: nowhere) has database, keys and migrations,
 * and to `folder` (NULL: none). If it `connects`, it may reach other servers, for the database. */
void sandbox_command(struct json_object *config, const char *folder, bool connects);

#endif
