/* SPDX-License-Identifier: MIT */
/* Resolves the users and groups that the configuration names to numeric ids. */
#ifndef LEAT_CONF_OS_ACCOUNT_H
#define LEAT_CONF_OS_ACCOUNT_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/core/diag.h"

struct os_account {
    uid_t uid;
    gid_t gid;
};

/* These look up a user or a group by name; `key` is the configuration key that messages name. They
 * return false, with the reason in `diags`, if there is none. */
bool os_account_find_user(const char *name, const char *key, uid_t *out, struct diags *diags);
bool os_account_find_group(const char *name, const char *key, gid_t *out, struct diags *diags);
/* Finds both; `group` may be NULL for the user's primary group. Returns false and reports what is
 * unknown. */
bool os_account_find(const char *user, const char *group, struct os_account *out,
                     struct diags *diags);

#endif
