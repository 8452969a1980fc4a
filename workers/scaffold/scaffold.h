/* SPDX-License-Identifier: MIT */
/* `leat-worker --scaffold` derives a complete OpenAPI document from tables and views. */
#ifndef LEAT_WORKERS_SCAFFOLD_SCAFFOLD_H
#define LEAT_WORKERS_SCAFFOLD_SCAFFOLD_H

/* Prints the document for the tables in `names` (NULL-terminated) with the configuration at `path`;
 * findings go to standard error. Returns 0, or 1 if no document was printed. */
int scaffold_run(const char *path, char *const *names);

#endif
