/* SPDX-License-Identifier: MIT */
#include "lib/api/keys.h"

#include <string.h>

#include "lib/core/mark.h"
#include "lib/core/slice.h"

static const struct {
    enum json_type type;
    const char *words;
} types[] = {
    [KEY_ANY] = {json_type_null, "anything"},
    [KEY_STRING] = {json_type_string, "text"},
    [KEY_INTEGER] = {json_type_int, "a whole number"},
    [KEY_BOOLEAN] = {json_type_boolean, "true or false"},
    [KEY_LIST] = {json_type_array, "a list"},
    [KEY_MAP] = {json_type_object, "a map"},
};

static bool check_key(struct json_object *map, const char *what, const char *name,
                      struct json_object *value, const struct key *table, struct diags *diags)
{
    while (table->name && strcmp(table->name, name) != 0)
        table++;
    if (!table->name) {
        diag_error(diags, mark_key(map, name), "%s: %s: unknown key", what, name);
        return false;
    }
    if (table->type != KEY_ANY && !json_object_is_type(value, types[table->type].type)) {
        diag_error(diags, mark_key(map, name), "%s: %s: must be %s", what, name,
                   types[table->type].words);
        return false;
    }
    if (table->choices && !slice_is_choice(table->choices, json_object_get_string(value))) {
        diag_error(diags, mark_key(map, name), "%s: %s: must be one of %s", what, name,
                   table->choices);
        return false;
    }
    return true;
}

bool keys_check(struct json_object *map, const char *what, const struct key *table,
                struct diags *diags)
{
    bool ok = true;

    if (!json_object_is_type(map, json_type_object)) {
        diag_error(diags, mark_where(map), "%s: must be a map", what);
        return false;
    }
    json_object_object_foreach(map, name, value) ok &=
        check_key(map, what, name, value, table, diags);
    return ok;
}
