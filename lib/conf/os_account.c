/* SPDX-License-Identifier: MIT */
#include "lib/conf/os_account.h"

#include <errno.h>
#include <string.h>

#include <grp.h>
#include <pwd.h>

/* Reports why an entry was not found: the lookup failed, or the name does not exist
 * (getpwnam(3)). */
static void explain_missing(const char *key, const char *what, const char *name, int error,
                            struct diags *diags)
{
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
        diag_error(diags, NULL, "%s: no such %s: %s", key, what, name);
    else
        diag_error(diags, NULL, "%s: the %s %s cannot be looked up: %s", key, what, name,
                   strerror(error));
}

static const struct passwd *find_user(const char *name, const char *key, struct diags *diags)
{
    const struct passwd *found;

    errno = 0;
    found = getpwnam(name);
    if (!found)
        explain_missing(key, "user", name, errno, diags);
    return found;
}

bool os_account_find_user(const char *name, const char *key, uid_t *out, struct diags *diags)
{
    const struct passwd *found = find_user(name, key, diags);

    if (found)
        *out = found->pw_uid;
    return found;
}

bool os_account_find_group(const char *name, const char *key, gid_t *out, struct diags *diags)
{
    const struct group *found;

    errno = 0;
    found = getgrnam(name);
    if (found)
        *out = found->gr_gid;
    else
        explain_missing(key, "group", name, errno, diags);
    return found;
}

bool os_account_find(const char *user, const char *group, struct os_account *out,
                     struct diags *diags)
{
    const struct passwd *found = find_user(user, "user", diags);

    if (found)
        *out = (struct os_account){found->pw_uid, found->pw_gid};
    return (!group || os_account_find_group(group, "group", &out->gid, diags)) && found;
}
