/* SPDX-License-Identifier: MIT */
/* `leat new`: a small whole application to start from, copied from the templates. */
#ifndef LEAT_SERVER_NEW_H
#define LEAT_SERVER_NEW_H

/* Makes it in `folder`, which must be missing or empty, and says what there is. Returns 0, or 1 if
 * it cannot be made. */
int new_run(const char *folder);

#endif
