/* SPDX-License-Identifier: MIT */
/* Declares the built-ins of accounts for the table of workers/builtins.c; each file of this folder
 * defines some. Each is the first step of a chain: account_run() calls it. */
#ifndef LEAT_WORKERS_ACCOUNTS_ACCOUNT_BUILTINS_H
#define LEAT_WORKERS_ACCOUNTS_ACCOUNT_BUILTINS_H

#include "workers/accounts/account.h"

#define ACCOUNT(name, function, who, body, parameters) void builtin_##function(struct account *a);
#include "workers/accounts/account_builtins.def"
#undef ACCOUNT
enum flow builtin_jwks(struct request *r);

#endif
