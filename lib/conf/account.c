/* SPDX-License-Identifier: MIT */
#include "lib/conf/account.h"

#include <grp.h>
#include <pwd.h>

bool account_find(const char *user, const char *group, struct account *out, struct diags *diags)
{
    const struct passwd *u = getpwnam(user);
    const struct group *g = group ? getgrnam(group) : NULL;

    if (!u)
        diag_error(diags, NULL, "user: there is no user %s", user);
    if (group && !g)
        diag_error(diags, NULL, "group: there is no group %s", group);
    if (!u || (group && !g))
        return false;
    *out = (struct account){u->pw_uid, g ? g->gr_gid : u->pw_gid};
    return true;
}
