/* SPDX-License-Identifier: MIT */
/* What a statement of an application may touch, judged while it is prepared: Leat's own tables may
 * be read, for joins, but for their secrets, and not changed; owned ones through their views. */
#ifndef LEAT_DB_WATCH_H
#define LEAT_DB_WATCH_H

#include <stdbool.h>

struct conn;

struct watch {
    struct conn *conn;
    bool deletes;     /* the statement itself, not a trigger */
    bool has_reached; /* an owned table itself, which only what changes rows may */
    char why[256];    /* it was refused, or "" */
};

/* An authorizer of SQLite's; `arg` is the watch. */
int watch_see(void *arg, int action, const char *a, const char *b, const char *schema,
              const char *accessor);

#endif
