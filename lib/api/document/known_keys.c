/* SPDX-License-Identifier: MIT */
#include "lib/api/document/known_keys.h"

#include <stdio.h>
#include <string.h>

#include "lib/core/json/mark.h"
#include "lib/core/slice.h"

enum { KEYS_WHAT_MAX = 64 };

static const struct {
    enum json_type type;
    const char *words;
} types[] = {
    [KEY_ANY] = {json_type_null, "anything"},
    [KEY_STRING] = {json_type_string, "text"},
    [KEY_INTEGER] = {json_type_int, "an integer"},
    [KEY_BOOLEAN] = {json_type_boolean, "true or false"},
    [KEY_LIST] = {json_type_array, "a list"},
    [KEY_MAP] = {json_type_object, "a map"},
};

static const struct key *find_key(const struct key *table, const char *name)
{
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    return table->name ? table : NULL;
}

/* Checks one value's type. `what` may be empty; otherwise it ends in ": ". */
static bool check_value(struct json_object *map, const char *what, const struct key *key,
                        struct json_object *value, struct diags *diags)
{
    const char *where = mark_key(map, key->name);

    if (key->type != KEY_ANY && !json_object_is_type(value, types[key->type].type))
        diag_error(diags, where, "%s%s: must be %s", what, key->name, types[key->type].words);
    else if (key->choices && !slice_is_choice(key->choices, json_object_get_string(value)))
        diag_error(diags, where, "%s%s: must be one of %s", what, key->name, key->choices);
    else
        return true;
    return false;
}

bool keys_check(struct json_object *map, const char *what, const struct key *table,
                struct diags *diags)
{
    char prefix[KEYS_WHAT_MAX];
    bool ok = true;

    if (!json_object_is_type(map, json_type_object)) {
        diag_error(diags, mark_where(map), "%s: must be a map", what);
        return false;
    }
    snprintf(prefix, sizeof(prefix), "%s: ", what);
    json_object_object_foreach(map, name, value)
    {
        const struct key *key = find_key(table, name);

        if (key)
            ok &= check_value(map, prefix, key, value, diags);
        else
            diag_error(diags, mark_key(map, name), "%s%s: unknown key", prefix, name);
        ok &= key != NULL;
    }
    return ok;
}

void keys_check_known(struct json_object *map, const struct key *table, bool is_bound,
                      struct diags *diags)
{
    for (const struct key *key = table; key->name; key++) {
        struct json_object *value = NULL;

        if (!json_object_object_get_ex(map, key->name, &value))
            continue;
        if (is_bound)
            check_value(map, "", key, value, diags);
        else if (key->type != KEY_ANY && !json_object_is_type(value, types[key->type].type))
            diag_warn(diags, mark_key(map, key->name), "%s: is ignored, as it is not %s", key->name,
                      types[key->type].words);
    }
}
