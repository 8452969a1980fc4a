/* SPDX-License-Identifier: MIT */
/*
 * Decides which worker accepts. A connection stays with the worker that accepted it, for hours if
 * it belongs to a pool, so a worker that carries clearly more connections than another one lets the
 * others accept.
 */
#ifndef LEAT_WORKERS_HTTP_SPREAD_H
#define LEAT_WORKERS_HTTP_SPREAD_H

#include "workers/http/internal.h"

enum spread {
    SPREAD_NEXT,  /* it is the next worker's turn */
    SPREAD_STAY,  /* others carry clearly more: this one remains the first to be woken */
    SPREAD_LEAVE, /* another carries clearly fewer: accept nothing while spread_is_leaving() */
};

void spread_open(void);
void spread_close(void);
/* Says what to do after a connection was accepted. After SPREAD_LEAVE accept_resume() is called
 * within a moment. */
enum spread spread_decide(void);
bool spread_is_leaving(void);

#endif
