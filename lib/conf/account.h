/* SPDX-License-Identifier: MIT */
/* The `user` and `group` of the configuration as numbers. */
#ifndef LEAT_CONF_ACCOUNT_H
#define LEAT_CONF_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

struct account {
    uid_t uid;
    gid_t gid;
};

/* `group` may be NULL: then the user's own. False: `diags` says which is unknown. */
bool account_find(const char *user, const char *group, struct account *out, struct diags *diags);

#endif
