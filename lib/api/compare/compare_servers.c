/* SPDX-License-Identifier: MIT */
/* Compares the servers of an operation (OpenAPI 3.1, 4.8.5): its own, or those of its path. Where
 * one side has none, those of the document hold for it. */
#include <string.h>

#include "lib/api/compare/comparison.h"
#include "lib/core/json/jget.h"

/* Returns the URL at that place of the list. A document without servers has one (4.8.1). */
static const char *url_at(struct json_object *servers, size_t i)
{
    return servers ? json_object_get_string(json_object_array_get_idx(servers, i)) : "/";
}

static size_t count_urls(struct json_object *servers)
{
    return servers ? json_object_array_length(servers) : 1;
}

static bool has_url(struct json_object *servers, const char *url)
{
    for (size_t i = 0; i < count_urls(servers); i++)
        if (strcmp(url_at(servers, i), url) == 0)
            return true;
    return false;
}

/* Reports the servers of `from` that `to` lacks. */
static void say_servers(struct comparison *c, struct json_object *from, struct json_object *to,
                        bool is_break)
{
    for (size_t i = 0; i < count_urls(from); i++) {
        const char *url = url_at(from, i);

        if (!has_url(to, url))
            comparison_say(c, is_break, "servers", "the server %s is %s", url,
                           is_break ? "gone" : "new");
    }
}

void comparison_servers(struct comparison *c)
{
    struct json_object *old = jget(c->old_record, "servers"), *new = jget(c->new_record, "servers");

    if (!old && !new)
        return;
    old = old ? old : c->old_side->servers;
    new = new ? new : c->new_side->servers;
    c->where = "";
    say_servers(c, old, new, true);
    say_servers(c, new, old, false);
}
