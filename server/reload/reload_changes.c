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

/* Appends a field for each list that is not empty. Returns the number of names. */
static size_t put_lists(struct json_object *changes, struct buf *out)
{
    size_t count = 0;

    json_object_object_foreach(changes, name, list)
    {
        size_t n = json_object_array_length(list);

        if (n)
            buf_printf(out, " %s=\"", name);
        for (size_t i = 0; i < n; i++)
            buf_printf(out, "%s%s", i ? ", " : "",
                       json_object_get_string(json_object_array_get_idx(list, i)));
        buf_puts(out, n ? "\"" : "");
        count += n;
    }
    return count;
}

static void log_changes(struct json_object *changes)
{
    struct buf lists = {0};
    size_t count = put_lists(changes, &lists);

    log_info("reload.changes", "count=%zu%s", count, buf_text(&lists));
    buf_fini(&lists);
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
