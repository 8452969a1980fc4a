/* SPDX-License-Identifier: MIT */
/* The users and groups that the configuration names, as numbers. */
#ifndef LEAT_CONF_OS_ACCOUNT_H
#define LEAT_CONF_OS_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

struct account {
    uid_t uid;
    gid_t gid;
};

/* Finds the user, or the group, that the key `key` names. False: `diags` says why not. */
bool account_find_user(const char *name, const char *key, uid_t *out, struct diags *diags);
bool account_find_group(const char *name, const char *key, gid_t *out, struct diags *diags);
/* Finds both; `group` may be NULL: then the user's own. False: `diags` says which is unknown. */
bool account_find(const char *user, const char *group, struct account *out, struct diags *diags);

#endif
