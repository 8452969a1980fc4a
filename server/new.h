/* SPDX-License-Identifier: MIT */
/* `leat new` creates a small complete application, copied from the templates. */
#ifndef LEAT_SERVER_NEW_H
#define LEAT_SERVER_NEW_H

/* Creates it in `folder`, which must be missing or empty, and prints the files. Returns 0, or 1 on
 * failure. */
int new_run(const char *folder);

#endif
