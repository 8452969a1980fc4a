/* SPDX-License-Identifier: MIT */
/*
 * `leat-worker --check` builds the release from the files and proves it. It is a short-lived
 * process of its own, so that the master never touches a document, a migration or a database.
 */
#ifndef LEAT_WORKERS_COMMANDS_CMD_CHECK_H
#define LEAT_WORKERS_COMMANDS_CMD_CHECK_H

#include <stdbool.h>

struct check_options {
    const char *path;     /* path of the configuration */
    const char *pid_file; /* of the master, or NULL */
    int release_fd;       /* where to write the release, or -1 */
    int against_fd;       /* release to compare with, or -1 */
    bool is_dry_run;      /* print the changes; otherwise the release tells them */
    bool is_json;         /* findings as JSON on standard output, not as lines on standard error */
    const char *engine;   /* report what is not for this one as well; or NULL */
    bool is_live;         /* prove against the database itself, including what it returns */
};

/* Returns 0, or 1 if there were errors. */
int cmd_check(const struct check_options *o);

#endif
