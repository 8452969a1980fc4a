/* SPDX-License-Identifier: MIT */
/* How often a client may guess: failures of an account, and of an address, in shared memory. */
#ifndef LEAT_WORKERS_ACCOUNTS_THROTTLE_H
#define LEAT_WORKERS_ACCOUNTS_THROTTLE_H

#include "workers/accounts/account.h"

#define THROTTLE_ACCOUNT "login-account"
#define THROTTLE_ADDRESS "login-address"

/* So many tries of one account may fail at once; all are free again after the window. */
void throttle_open(struct worker *w, uint64_t tries, uint64_t window_ns);
/*
 * A guess at a secret: only failures count, and those at once are counted exactly. Who guesses more
 * often at the same time learns nothing of the rest, even if one is right.
 *
 *     throttle_check() → hash → right: throttle_pass() → …
 *                             → wrong: throttle_fail()
 *
 * `name` is the account's address. Each is false where too many have failed: then the answer was
 * 429.
 */
bool throttle_check(struct account *a, const char *name);
bool throttle_pass(struct account *a);
/* Counts a failure. */
bool throttle_fail(struct account *a);

/* What counts each time, such as a letter: false after 429. */
bool throttle_take(struct account *a, const char *name);

#endif
