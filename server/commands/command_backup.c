/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jget.h"
#include "server/backup/backups.h"
#include "server/commands/call.h"
#include "server/commands/commands.h"

static void on_backup(void *arg, bool ok, struct slice text)
{
    struct buf line = {0};

    if (ok) {
        control_result_deferred(arg, text);
        return;
    }
    buf_put(&line, text.data, text.len);
    buf_putc(&line, '\n');
    control_outcome_deferred(arg, false, buf_text(&line));
    buf_fini(&line);
}

void command_backup(const struct call *c)
{
    const char *refusal;

    if (!command_defer(c))
        return;
    refusal = backups_request(c->commands->backups, jget_text(c->params, "path"),
                              jget_bool(c->params, "force"), on_backup, c->client);
    if (refusal)
        on_backup(c->client, false, slice_of(refusal));
}
