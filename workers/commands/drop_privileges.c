/* SPDX-License-Identifier: MIT */
#include "workers/commands/drop_privileges.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/conf/os_account.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "workers/sandbox/sandbox.h"

#include <grp.h>

static bool become_user(struct json_object *config, struct diags *diags)
{
    struct os_account account;

    if (geteuid() != 0 || !conf_string(config, "user"))
        return true;
    if (!os_account_find(conf_string(config, "user"), conf_string(config, "group"), &account,
                         diags))
        return false;
    if (setgroups(0, NULL) < 0 || setgid(account.gid) < 0 || setuid(account.uid) < 0) {
        diag_error(diags, NULL, "switching to the user %s: %s", conf_string(config, "user"),
                   strerror(errno));
        return false;
    }
    return true;
}

bool drop_privileges(struct json_object *config, struct diags *diags)
{
    return drop_privileges_to(config, NULL, diags);
}

bool drop_privileges_to(struct json_object *config, const char *folder, struct diags *diags)
{
    if (!become_user(config, diags))
        return false;
    sandbox_command(config, folder, config && database_source_of(config).url);
    return true;
}
