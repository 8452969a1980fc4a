/* SPDX-License-Identifier: MIT */
/* The password again: what changes how one logs in is not done by a token alone. */
#ifndef LEAT_WORKERS_ACCOUNTS_REAUTH_H
#define LEAT_WORKERS_ACCOUNTS_REAUTH_H

#include "workers/accounts/account.h"

/* Goes on with `next` if the member `name` of the body is the caller's password; a->user is the
 * caller then. Otherwise the answer was 401, or 429 after too many. */
void again_ask(struct account *a, const char *name, account_fn next);

#endif
