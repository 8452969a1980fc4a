/* SPDX-License-Identifier: MIT */
/*
 * What a worker, and each command of leat-worker, gives up for good before it works: privileges,
 * files (landlock.h), system calls (calls.h), processes. Call it while there is one thread.
 */
#ifndef LEAT_WORKERS_SANDBOX_SANDBOX_H
#define LEAT_WORKERS_SANDBOX_SANDBOX_H

#include <stdbool.h>

#include <json-c/json.h>

struct sandbox_options {
    const char *database; /* the file; its folder can be read and written; NULL: none */
    const char *uploads;  /* a folder that can be, too */
    bool is_outbound;     /* it asks other servers */
    int workers;          /* that are to run, of this user */
};

/* Has and gains no privileges any more, leaves no core, and is not dumpable: nobody reads keys from
 * its memory. */
void sandbox_harden(void);
/* Confines a worker. Logs what the kernel cannot do. */
void sandbox_worker(const struct sandbox_options *o);
/* Confines a command, as far as its work allows: it reads any file, for documents lie where they
 * please, and writes where the configuration (NULL: nowhere) has database, keys and migrations. */
void sandbox_command(struct json_object *config);

#endif
