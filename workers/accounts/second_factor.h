/* SPDX-License-Identifier: MIT */
/* The second factor of a login: a code of an authenticator (RFC 6238), or a recovery code. */
#ifndef LEAT_WORKERS_ACCOUNTS_SECOND_FACTOR_H
#define LEAT_WORKERS_ACCOUNTS_SECOND_FACTOR_H

#include "workers/accounts/account.h"

/* Takes the body's `code` for a->user, once: `next` is called where it is right, otherwise the
 * answer is 401, and it counts against the throttle, which was asked. */
void factor_check(struct account *a, account_fn next);

#endif
