/* SPDX-License-Identifier: MIT */
/* What a master opens before it does anything, or takes over from the one before. */
#ifndef LEAT_SERVER_START_H
#define LEAT_SERVER_START_H

#include <stdbool.h>

struct master;

/* False: the reason was printed, an older master was told of it, and m->exit_code is set. */
bool start_open(struct master *m);

#endif
