/* SPDX-License-Identifier: MIT */
#include "server/reload/reload_changes.h"

#include <assert.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "server/generation/generation.h"

struct json_object *reload_changes_restart(const struct reload *r, struct json_object *config)
{
    struct json_object *list = json_object_new_array();

    for (size_t i = 0; i < conf_key_count; i++) {
        const struct conf_key *key = &conf_keys[i];

        if (strcmp(key->reload, "restart") == 0 && key->type != CONF_MAP &&
            !json_object_equal(conf_get(r->fleet->start_config, key->path),
                               conf_get(config, key->path)))
            json_object_array_add(list, json_object_new_string(key->path));
    }
    return list;
}

/* Appends the names, separated by commas. Returns their number. */
static size_t put_names(struct json_object *changes, const char *kind, struct buf *out)
{
    size_t n = jget_count(changes, kind);

    for (size_t i = 0; i < n; i++)
        buf_printf(out, "%s%s", i ? ", " : "", json_object_get_string(jget_item(changes, kind, i)));
    return n;
}

static void log_changes(struct json_object *changes)
{
    static const char *const kinds[] = {"documents", "operations", "keys", "restart", "migrations"};
    struct buf lists[5] = {0};
    size_t count = 0;

    for (int i = 0; i < 5; i++)
        count += put_names(changes, kinds[i], &lists[i]);
    log_info("reload.changes",
             "count=%zu documents=\"%s\" operations=\"%s\" keys=\"%s\" restart=\"%s\" "
             "migrations=\"%s\"",
             count, buf_text(&lists[0]), buf_text(&lists[1]), buf_text(&lists[2]),
             buf_text(&lists[3]), buf_text(&lists[4]));
    for (int i = 0; i < 5; i++)
        buf_fini(&lists[i]);
}

void reload_changes_take(struct reload *r)
{
    const struct generation *g = r->fleet->starting;

    assert(g);
    reload_changes_forget(r);
    if (!g->changes || r->kind == RELOAD_RENEW)
        return;
    r->changes = json_object_get(g->changes);
    json_object_object_add(r->changes, "restart", reload_changes_restart(r, g->config));
    log_changes(r->changes);
}

void reload_changes_forget(struct reload *r)
{
    json_object_put(r->changes);
    r->changes = NULL;
}
