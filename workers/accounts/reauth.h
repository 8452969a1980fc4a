/* SPDX-License-Identifier: MIT */
/* Asks for the password again: a token alone must not change how one logs in. */
#ifndef LEAT_WORKERS_ACCOUNTS_REAUTH_H
#define LEAT_WORKERS_ACCOUNTS_REAUTH_H

#include "workers/accounts/account.h"

/* Calls `next`, with the caller's account in a->user, if the member `name` of the body is the
 * caller's password. Otherwise answers 401, or 429 after too many failures. */
void reauth_ask(struct account *a, const char *name, account_fn next);

#endif
