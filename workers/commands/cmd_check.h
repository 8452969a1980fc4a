/* SPDX-License-Identifier: MIT */
/*
 * `leat-worker --check`: builds the release from the files and proves it. A short-lived process
 * of its own, so that the master never touches a document, a migration or a database.
 */
#ifndef LEAT_WORKERS_COMMANDS_CMD_CHECK_H
#define LEAT_WORKERS_COMMANDS_CMD_CHECK_H

#include <stdbool.h>

struct check_options {
    const char *path; /* of the configuration */
    int release_fd;   /* where the release is written, or -1 */
    int against_fd;   /* the release that it is compared with on standard output, or -1 */
    bool is_json;     /* findings as JSON on standard output, else a line each on standard error */
    bool is_live;     /* prove against the database itself, and what it answers */
};

/* Returns 0, or 1 if there were errors. */
int check_run(const struct check_options *o);

#endif
