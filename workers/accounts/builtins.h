/* SPDX-License-Identifier: MIT */
/* Declares the built-ins of accounts for the table of workers/builtins.c; each file of this folder
 * defines some. */
#ifndef LEAT_WORKERS_ACCOUNTS_BUILTINS_H
#define LEAT_WORKERS_ACCOUNTS_BUILTINS_H

#include "workers/request/flow.h"

#define ACCOUNT(name, function, who, body, parameters)                                             \
    enum flow builtin_##function(struct request *r);
#include "workers/accounts/builtins.def"
#undef ACCOUNT
enum flow builtin_jwks(struct request *r);

#endif
