/* SPDX-License-Identifier: MIT */
/* Finds what was installed with this program: leat-worker, and the files of pkgdatadir. */
#ifndef LEAT_SERVER_PROCESS_INSTALLED_H
#define LEAT_SERVER_PROCESS_INSTALLED_H

/* Returns the path of leat-worker: beside this program, or in libexecdir. For free(). */
char *installed_worker(void);
/* Returns the path of the file `name` in pkgdatadir, or of leat-`name` beside this program, as in a
 * build tree. For free(). */
char *installed_data(const char *name);
/* Returns a path that keeps referring to the present file at `path`, whatever becomes of that: an
 * update of the package must not change the program that workers are respawned from. For free(). */
char *installed_pin(const char *path);

#endif
