/* SPDX-License-Identifier: MIT */
/* All texts of a statement are read and parsed, each in its dialect, so that a mistake in one does
 * not wait for the day on which its engine is configured. Only the chosen one enters the record. */
#include "lib/api/document/xsql_text.h"

#include <string.h>

#include "lib/core/json/jget.h"
#include "lib/core/json/mark.h"
#include "lib/db/sql/sqltext.h"

/* Returns the places of a statement, or NULL. `file` is its own file, if it has one. */
static struct json_object *find_places(struct refs *refs, struct json_object *node,
                                       const char *file, const char *text)
{
    const char *source;

    if (file)
        return sql_places_of_file(file, text);
    source = refs_text_around(refs, node);
    return source ? sql_places_of_scalar(mark_of(node), source, text, &refs->last_line) : NULL;
}

static void parse_text(struct refs *refs, struct json_object *step, const struct dialect *dialect,
                       const char *text)
{
    const char *source = jget_text(step, "source"), *where = NULL;
    struct json_object *names = json_object_new_array();
    struct sqltext parsed;
    struct fault fault;

    if (sqltext_parse(text, dialect, &parsed, &fault)) {
        json_object_object_add(step, "sql", json_object_new_string(parsed.sql.data));
    } else {
        where = sql_places_find(jget(step, "places"), text, fault.offset, refs->arena);
        diag_error(refs->diags, where ? where : source, "x-sql: %s", fault.text);
    }
    for (size_t i = 0; i < parsed.name_count; i++)
        json_object_array_add(names, json_object_new_string(parsed.names[i]));
    json_object_object_add(step, "names", names);
    if (dialect != &dialect_sqlite)
        json_object_object_add(step, "dialect", json_object_new_string(dialect->name));
    sqltext_fini(&parsed);
}

/* Reads one text, inline or {file: PATH}: the member `key` of `owner`. */
static void read_text(struct refs *refs, struct json_object *owner, const char *key,
                      const struct dialect *dialect, struct json_object *step)
{
    struct json_object *node = jget(owner, key), *file = jget(node, "file");
    const char *path = NULL, *text = NULL;

    if (json_object_is_type(node, json_type_string))
        text = json_object_get_string(node);
    else if (json_object_is_type(file, json_type_string))
        text = refs_read_text(refs, file, &path);
    else
        diag_error(refs->diags, mark_key(owner, key), "x-sql: %s: must be a string or {file: PATH}",
                   key);
    if (!text)
        return;
    json_object_object_add(step, "source", json_object_new_string(path ? path : mark_where(node)));
    json_object_object_add(step, "places", find_places(refs, node, path, text));
    parse_text(refs, step, dialect, text);
}

/* Returns true if the value is a map of engines. One without any is reported as such. */
static bool has_engines(struct json_object *node)
{
    return json_object_is_type(node, json_type_object) && !jget(node, "file");
}

static void check_engines(struct refs *refs, struct json_object *node)
{
    json_object_object_foreach(node, name, text)
    {
        (void)text;
        if (!dialect_find(name))
            diag_error(refs->diags, mark_key(node, name),
                       "x-sql: sql: %s is no engine; known are sqlite and postgresql", name);
    }
}

/* Reads the texts of all engines. The one that is wanted goes to `step`. */
static void read_engines(struct refs *refs, struct json_object *node, struct json_object *step)
{
    struct json_object *engines = json_object_new_array();
    const struct dialect *wanted = refs->dialect;

    for (size_t i = 0; i < DIALECT_COUNT; i++) {
        struct json_object *scrap;

        if (!jget(node, dialects[i]->name))
            continue;
        wanted = wanted ? wanted : dialects[i];
        scrap = dialects[i] == wanted ? json_object_get(step) : json_object_new_object();
        read_text(refs, node, dialects[i]->name, dialects[i], scrap);
        json_object_put(scrap);
        json_object_array_add(engines, json_object_new_string(dialects[i]->name));
    }
    json_object_object_add(step, "engines", engines);
}

void xsql_text_read(struct refs *refs, struct json_object *owner, struct json_object *step)
{
    struct json_object *node = jget(owner, "sql");

    if (!has_engines(node)) {
        read_text(refs, owner, "sql", refs->dialect ? refs->dialect : &dialect_sqlite, step);
        return;
    }
    check_engines(refs, node);
    read_engines(refs, node, step);
    if (refs->dialect ? !xsql_text_is_for(step, refs->dialect) : !jget(step, "source"))
        diag_error(refs->diags, mark_key(owner, "sql"), "x-sql: sql: has no text for %s",
                   refs->dialect ? refs->dialect->name : "any engine");
}

const struct dialect *xsql_text_dialect(struct json_object *step)
{
    const char *name = jget_text(step, "dialect");
    const struct dialect *dialect = name ? dialect_find(name) : NULL;

    return dialect ? dialect : &dialect_sqlite;
}

bool xsql_text_is_for(struct json_object *step, const struct dialect *dialect)
{
    for (size_t i = 0; i < jget_count(step, "engines"); i++)
        if (strcmp(json_object_get_string(jget_item(step, "engines", i)), dialect->name) == 0)
            return true;
    return false;
}
