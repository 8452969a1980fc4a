/* SPDX-License-Identifier: MIT */
/* The pid file: complete at any time, replaces nothing but another pid file, and is removed only by
 * the process it names. */
#ifndef LEAT_SERVER_PROCESS_PIDFILE_H
#define LEAT_SERVER_PROCESS_PIDFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

struct pidfile {
    const char *path; /* NULL: none is wanted, and the functions do nothing */
    pid_t older;      /* of the master that we take over from; 0: none */
    bool is_due;      /* it is still to be written */
    bool is_reported; /* the log has said why it could not be written */
};

/* Returns whether the file can be written: there is none, or it names no living leat except
 * `older`. If not, `diags` says what is in the way. */
bool pidfile_check(const struct pidfile *p, struct diags *diags);
/* Writes the file if that is due. After a failure, of which the first is logged, it stays due. */
void pidfile_write(struct pidfile *p);
void pidfile_remove(const struct pidfile *p);

#endif
