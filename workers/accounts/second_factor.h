/* SPDX-License-Identifier: MIT */
/* Checks the second factor of a login: a TOTP code (RFC 6238), or a recovery code. */
#ifndef LEAT_WORKERS_ACCOUNTS_SECOND_FACTOR_H
#define LEAT_WORKERS_ACCOUNTS_SECOND_FACTOR_H

#include "workers/accounts/account.h"

/* Uses up the body's `code` for a->user, and calls `next` if it is right. Otherwise answers 401 and
 * counts a failure in the throttle. */
void second_factor_check(struct account *a, account_fn next);

#endif
