/* SPDX-License-Identifier: MIT */
#include "workers/commands/check_keys.h"

#include <unistd.h>

#include "lib/auth/jose/issuers.h"
#include "lib/conf/conf.h"
#include "lib/conf/secret.h"
#include "lib/core/json/mark.h"
#include "lib/core/system/memfd.h"

static void open_issuers(struct json_object *config, struct slice secrets, struct diags *diags)
{
    struct issuers issuers;
    struct fault fault;

    if (!issuers_open(&issuers, config, secrets, &fault))
        diag_error(diags, mark_where(conf_get(config, "identity")), "%s", fault.text);
    issuers_close(&issuers);
}

void check_keys(struct json_object *config, struct diags *diags)
{
    struct diags unread = {0};
    struct slice secrets;
    int fd;

    if (secret_collect(config, &fd, &unread)) {
        secrets = memfd_map(fd);
        open_issuers(config, secrets, diags);
        memfd_unmap(secrets);
        close(fd);
    }
    diags_fini(&unread);
}
