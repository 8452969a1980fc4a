/* SPDX-License-Identifier: MIT */
/* `leat-worker --scaffold`: a whole OpenAPI document of what tables and views hold. */
#ifndef LEAT_WORKERS_SCAFFOLD_SCAFFOLD_H
#define LEAT_WORKERS_SCAFFOLD_SCAFFOLD_H

/* Prints the document for the tables named `names` (NULL-terminated) of the configuration at
 * `path`; findings go to standard error. Returns 0, or 1 if there is none. */
int scaffold_run(const char *path, char *const *names);

#endif
