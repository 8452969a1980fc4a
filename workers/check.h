/* SPDX-License-Identifier: MIT */
/*
 * `leat-worker --check`: builds the release from the files and proves it. A short-lived process
 * of its own, so that the master never touches a document, a migration or a database.
 */
#ifndef LEAT_WORKERS_CHECK_H
#define LEAT_WORKERS_CHECK_H

/* Checks the configuration at `path`; findings go to standard error, a line each. With
 * `release_fd` >= 0 the release is written there; with `against_fd` >= 0 what differs from that
 * release is printed. Returns 0, or 1 if there were errors. */
int check_run(const char *path, int release_fd, int against_fd);

#endif
