/* SPDX-License-Identifier: MIT */
/* How often a client may guess: failures of an account, and of an address, in shared memory. */
#ifndef LEAT_WORKERS_ACCOUNTS_THROTTLE_H
#define LEAT_WORKERS_ACCOUNTS_THROTTLE_H

#include "workers/accounts/account.h"

#define THROTTLE_ACCOUNT "login-account"
#define THROTTLE_ADDRESS "login-address"

/* So many tries of one account may fail at once; all are free again after the window. */
void throttle_open(struct worker *w, uint64_t tries, uint64_t window_ns);
/* Takes one try of the account (an address, or another name of it) and of the client. False: too
 * many, and the answer was 429. */
bool throttle_take(struct account *a, const char *name);
/* It was right, or not the client's fault: the try that this request has taken, if any, does not
 * count. */
void throttle_forgive(struct account *a);

#endif
