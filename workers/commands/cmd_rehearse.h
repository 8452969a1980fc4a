/* SPDX-License-Identifier: MIT */
/* The steps of a reload with migrations, each a process of its own, on releases that it
 * inherits. */
#ifndef LEAT_WORKERS_COMMANDS_CMD_REHEARSE_H
#define LEAT_WORKERS_COMMANDS_CMD_REHEARSE_H

/* `leat-worker --rehearse` applies the migrations of the release `new_fd` to a copy of the
 * database, on which the statements of both releases must prepare. Returns 0, or 1 with the reasons
 * on standard error. */
int cmd_rehearse(int new_fd, int running_fd);
/* `leat-worker --apply` applies the migrations of the release to the database, holding the lock of
 * the writers. Returns as above. */
int cmd_rehearse_apply(int release_fd, int shm_fd);

#endif
