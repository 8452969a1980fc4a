/* SPDX-License-Identifier: MIT */
/* What a reload with migrations runs, each as a process of its own, on releases that it inherits.
 */
#ifndef LEAT_WORKERS_COMMANDS_CMD_REHEARSE_H
#define LEAT_WORKERS_COMMANDS_CMD_REHEARSE_H

/* `leat-worker --rehearse`: on a copy of the database, with the migrations of the release `new_fd`
 * applied, the statements of both releases must prepare. Returns 0, or 1 with the reasons on
 * standard error. */
int rehearse_run(int new_fd, int running_fd);
/* `leat-worker --apply`: applies the migrations of the release, as the one writer. */
int rehearse_apply(int release_fd, int shm_fd);

#endif
