/* SPDX-License-Identifier: MIT */
#include "lib/api/document/xtables.h"

#include <string.h>

#include "lib/api/document/extensions.h"
#include "lib/api/document/known_keys.h"
#include "lib/api/document/xsql.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/core/slice.h"
#include "lib/db/engine/plan.h"

static const struct key table_keys[] = {
    {"constraints", KEY_MAP, NULL}, {"owner", KEY_STRING, NULL}, {NULL, KEY_ANY, NULL}};

/* Translates a constraint to SQLite's words: "unique(owner_id, title)" of table todos to kind
 * unique and key "todos.owner_id, todos.title", "check(name)" to check and "name", "raise(code)" to
 * raise and "code", "foreign-key" to NULL, which stands for any. */
static const char *rule_key(struct refs *refs, const char *table, const char *text,
                            const char **kind)
{
    const char *open = strchr(text, '(');
    size_t len = open ? (size_t)(open - text) : strlen(text);
    struct slice inside = {open ? open + 1 : "", open ? strlen(open + 1) : 0};
    const char *key = "";

    *kind = arena_strndup(refs->arena, text, len);
    if (strcmp(*kind, "foreign-key") == 0 && !open)
        return NULL;
    if (!open || inside.len < 2 || inside.data[inside.len - 1] != ')') {
        *kind = "";
        return NULL;
    }
    inside.len--;
    if (strcmp(*kind, "check") == 0 || strcmp(*kind, "raise") == 0)
        return arena_strndup(refs->arena, inside.data, inside.len);
    while (inside.len) {
        struct slice column = slice_trim(slice_cut(&inside, ','));

        key = arena_printf(refs->arena, "%s%s%s.%.*s", key, *key ? ", " : "", table,
                           (int)column.len, column.data);
    }
    return key;
}

static void read_rules(struct refs *refs, const char *table, struct json_object *constraints,
                       struct json_object *out)
{
    static const char *const kinds[] = {PLAN_RULE_KINDS(ENUM_TEXT)};

    json_object_object_foreach(constraints, text, answer)
    {
        const char *kind, *key = rule_key(refs, table, text, &kind);
        struct json_object *rule;

        if (enum_parse(kinds, PLAN_RULE_KIND_COUNT, kind) == PLAN_RULE_KIND_COUNT) {
            diag_error(refs->diags, mark_key(constraints, text),
                       "x-tables: %s: must be unique(COLUMNS), check(NAME), not-null(COLUMN), "
                       "raise(CODE) or foreign-key",
                       text);
            continue;
        }
        xsql_check_answer(refs, answer, extension_name(EXTENSION_TABLES));
        rule = json_object_new_object();
        json_object_object_add(rule, "kind", json_object_new_string(kind));
        json_object_object_add(rule, "key", key ? json_object_new_string(key) : NULL);
        json_object_object_add(rule, "answer", json_object_get(answer));
        json_object_array_add(out, rule);
    }
}

struct json_object *xtables_read_rules(struct refs *refs, struct json_object *tables)
{
    struct json_object *out = json_object_new_array();

    if (!tables)
        return out;
    if (!json_object_is_type(tables, json_type_object)) {
        diag_error(refs->diags, mark_where(tables), "x-tables: must be a map of tables");
        return out;
    }
    json_object_object_foreach(tables, name, table)
    {
        keys_check(table, extension_name(EXTENSION_TABLES), table_keys, refs->diags);
        if (json_object_is_type(jget(table, "constraints"), json_type_object))
            read_rules(refs, name, jget(table, "constraints"), out);
    }
    return out;
}

struct json_object *xtables_read_owners(struct json_object *tables)
{
    struct json_object *out = NULL;

    if (!json_object_is_type(tables, json_type_object))
        return NULL;
    json_object_object_foreach(tables, name, table)
    {
        struct json_object *owner = jget(table, "owner");

        if (!json_object_is_type(owner, json_type_string))
            continue;
        if (!out)
            out = json_object_new_object();
        json_object_object_add(out, name, json_object_get(owner));
    }
    return out;
}
