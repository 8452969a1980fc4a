/* SPDX-License-Identifier: MIT */
/* Opens what a master needs before anything else, or takes it over from an older master. */
#ifndef LEAT_SERVER_START_H
#define LEAT_SERVER_START_H

#include <stdbool.h>

struct master;

/* On failure returns false; the reason was printed and sent to the older master, and m->exit_code
 * is set. */
bool start_open(struct master *m);

#endif
