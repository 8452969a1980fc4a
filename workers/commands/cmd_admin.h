/* SPDX-License-Identifier: MIT */
/*
 * `leat-worker --admin`: what leatctl does to accounts and keys, as the workers' user. It inherits
 * the release, shared memory, and a memory file with what is asked:
 *
 *     {"method": "user create", "params": {…}, "actor": "leatctl uid=0"}
 *
 * and prints one line of JSON: rows, or {"ok": …, "text": …}.
 */
#ifndef LEAT_WORKERS_COMMANDS_CMD_ADMIN_H
#define LEAT_WORKERS_COMMANDS_CMD_ADMIN_H

/* Returns 0, also where the answer is a refusal; 1 where there is none, with the reason on standard
 * error. */
int admin_run(int release_fd, int shm_fd, int request_fd);

#endif
