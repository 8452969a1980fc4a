/* SPDX-License-Identifier: MIT */
/* What is checked of the database when a configuration is loaded. The master, which only asks where
 * the database is, does not link this. */
#include "lib/conf/database_keys.h"

#include <string.h>

#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/value.h"
#include "lib/core/json/mark.h"

static const char sqlite[] = "sqlite", postgresql[] = "postgresql";

/* The keys that one engine alone has. */
static const struct {
    const char *key, *engine;
} own_keys[] = {
    {"database.path", sqlite},
    {"database.synchronous", sqlite},
    {"database.batch", sqlite},
    {"database.readers", sqlite},
    {"database.read-budget", sqlite},
    {"database.cache", sqlite},
    {"database.mmap", sqlite},
    {"database.wal-limit", sqlite},
    {"backup", sqlite},
    {"database.connections.read", postgresql},
    {"database.connections.write", postgresql},
    {"database.connections.slow", postgresql},
    {"database.unrestricted-role", postgresql},
};

/* Returns true if the value is the key's default, as it is in a file made from the sample of all
 * keys. */
static bool is_default(const char *path, struct json_object *value)
{
    const struct conf_key *key = conf_key(path);
    struct diags scrap = {0};
    struct checker c = {.file = "", .diags = &scrap};
    struct json_object *written, *converted;
    bool is_same;

    if (!key->fallback)
        return false;
    written = value_default(key);
    converted = value_convert(&c, key, written, "");
    is_same = json_object_equal(converted, value);
    if (converted != written)
        json_object_put(converted);
    json_object_put(written);
    arena_fini(&c.arena);
    return is_same;
}

static void check_own_keys(struct json_object *config, const char *engine, struct diags *diags)
{
    const char *title = strcmp(engine, sqlite) == 0 ? "SQLite" : "PostgreSQL";

    for (size_t i = 0; i < sizeof(own_keys) / sizeof(*own_keys); i++) {
        struct json_object *value = conf_get(config, own_keys[i].key);

        if (strcmp(own_keys[i].engine, engine) != 0 && value && mark_of(value) &&
            !is_default(own_keys[i].key, value))
            diag_error(diags, mark_where(value), "%s: does not apply to %s", own_keys[i].key,
                       title);
    }
}

void database_keys_check(struct json_object *config, struct diags *diags)
{
    struct database_source source = database_source_of(config);
    const char *path = conf_string(config, "database.path");

    check_own_keys(config, source.engine, diags);
    if (source.path && path && strcmp(source.path, path) != 0)
        diag_error(diags, mark_where(conf_get(config, "database.url")),
                   "database.url: names another file than database.path; set only one of them");
}
