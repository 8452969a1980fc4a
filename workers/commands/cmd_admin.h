/* SPDX-License-Identifier: MIT */
/*
 * `leat-worker --admin` runs leatctl's commands on accounts and keys, as the workers' user. It
 * inherits the release, shared memory, and a memory file with the request:
 *
 *     {"method": "user create", "params": {…}, "actor": "leatctl uid=0"}
 *
 * It prints one line of JSON: rows, or {"ok": …, "text": …}.
 */
#ifndef LEAT_WORKERS_COMMANDS_CMD_ADMIN_H
#define LEAT_WORKERS_COMMANDS_CMD_ADMIN_H

/* Returns 0 after an answer, even a refusal; 1 if there is none, with the reason on standard
 * error. */
int cmd_admin(int release_fd, int shm_fd, int request_fd);

#endif
