/* SPDX-License-Identifier: MIT */
/*
 * Derives the API of a table from its declaration alone. The central question for each column is
 * who supplies its value: the server (keys, times, the owner), the client, or SQLite's default;
 * on_create() and on_patch() answer it as the SQL expression of INSERT and UPDATE, and the flags of
 * a field follow from them, so that schemas and statements cannot disagree. Names must be unique in
 * the document across all tables, hence the set `taken`.
 */
#include "workers/scaffold/resource.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "lib/core/slice.h"
#include "lib/core/text/utf8.h"

enum { COLUMNS_MAX = 90, KEYS_MAX = 8 }; /* of values in a statement, of columns in a cursor */

/* Plural endings; the first that matches applies. */
static const struct {
    const char *plural, *singular;
} ends[] = {{"ies", "y"}, {"sses", "ss"},    {"shes", "sh"},    {"ches", "ch"},
            {"xes", "x"}, {"ouses", "ouse"}, {"auses", "ause"}, {"uses", "us"},
            {"ss", "ss"}, {"us", "us"},      {"is", "is"},      {"s", ""}};

const char *resource_singular(struct arena *arena, const char *table, const char *between)
{
    size_t len = strlen(table);
    struct slice name = {table, len};
    const char *end = "", *out = "";

    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        size_t cut = strlen(ends[i].plural);

        if (len <= cut || strcasecmp(table + len - cut, ends[i].plural) != 0)
            continue;
        name.len -= cut;
        end = ends[i].singular;
        break;
    }
    table = arena_printf(arena, "%.*s%s", (int)name.len, name.data, end);
    while (*table) {
        size_t word =
            strspn(table, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

        out = arena_printf(arena, "%s%s%.*s", out, *out && word ? between : "", (int)word, table);
        table += word + (table[word] != '\0');
    }
    return out;
}

/* Converts "order_items" to "OrderItems", or with is_singular to "OrderItem". */
static const char *camel(struct arena *arena, const char *table, bool is_singular)
{
    const char *words =
        is_singular ? resource_singular(arena, table, "_") : arena_strdup(arena, table);
    char *out = arena_zalloc(arena, strlen(words) + 1), *to = out;
    bool is_first = true;

    for (; *words; words++) {
        bool is_letter = isalnum((unsigned char)*words) && !(*words & 0x80);

        if (is_letter)
            *to++ = (char)(is_first ? toupper((unsigned char)*words) : *words);
        is_first = !is_letter;
    }
    return to == out ? "Table" : out;
}

/* Converts a name to one that is valid after ':' in SQL, in a path and, unquoted, in YAML. */
static const char *plain(struct arena *arena, const char *name)
{
    char *out = arena_strdup(arena, name);

    for (char *at = out; *at; at++)
        if (!isalnum((unsigned char)*at) || (*at & 0x80))
            *at = '_';
    out += strspn(out, "_");
    return *out ? out : "column";
}

/* Returns `name`, with a number appended if the set has it already, and adds it. */
static const char *take_name(struct json_object *taken, struct arena *arena, const char *name)
{
    const char *free_name = name;

    for (int i = 2; json_object_object_get_ex(taken, free_name, NULL); i++)
        free_name = arena_printf(arena, "%s%d", name, i);
    json_object_object_add(taken, free_name, NULL);
    return free_name;
}

/* Returns a schema name whose derived names are free too, and takes all of them. */
static const char *take_singular(struct json_object *taken, struct arena *arena, const char *name)
{
    static const struct {
        const char *before, *after;
    } schemas[] = {{"", ""}, {"New", ""}, {"", "Patch"}, {"", "Page"}};
    const char *singular = name, *all[4];
    bool is_free = false;

    for (int i = 2; !is_free; i++) {
        is_free = true;
        for (int k = 0; k < 4; k++) {
            all[k] = arena_printf(arena, "%s%s%s", schemas[k].before, singular, schemas[k].after);
            is_free &= !json_object_object_get_ex(taken, all[k], NULL);
        }
        if (!is_free)
            singular = arena_printf(arena, "%s%d", name, i);
    }
    for (int k = 0; k < 4; k++)
        json_object_object_add(taken, all[k], NULL);
    return singular;
}

static bool has_end(const char *name, const char *end)
{
    size_t len = strlen(name), n = strlen(end);

    return len >= n && strcasecmp(name + len - n, end) == 0;
}

/* Returns whether the column is a text key that the server generates: named id or uuid, or declared
 * as a uuid. */
static bool is_uuid_key(const struct table *t, const struct table_column *column)
{
    return column->key && t->key_count == 1 && column->kind == COLUMN_TEXT && !column->target &&
           !column->has_default &&
           (strcasecmp(column->name, "id") == 0 || has_end(column->name, "uuid") ||
            (column->format && strcmp(column->format, "uuid") == 0));
}

static bool is_time(const struct table_column *column)
{
    return (column->kind == COLUMN_TEXT || column->kind == COLUMN_INTEGER) &&
           (strcasecmp(column->name, "created_at") == 0 ||
            strcasecmp(column->name, "updated_at") == 0);
}

/* Returns the current time in the column's form; the default of an integer tells the unit. */
static const char *time_of(const struct table_column *column)
{
    if (column->kind == COLUMN_TEXT)
        return ":_now";
    return column->has_default ? column->fallback : "unixepoch()";
}

static const struct table_column *find_owner(const struct table *t)
{
    const struct table_column *owner = NULL;

    for (size_t i = 0; i < t->column_count; i++) {
        const struct table_column *column = &t->columns[i];

        if (!column->is_account || column->is_nullable || column->is_generated)
            continue;
        if (owner)
            return NULL;
        owner = column;
    }
    return owner;
}

static const char *on_create(struct arena *arena, const struct scaffold_resource *r,
                             const struct scaffold_field *f)
{
    const struct table_column *column = f->column;
    const struct table *t = r->table;
    bool is_key = column->key && t->key_count == 1;

    if (column == r->owner)
        return ":_sub";
    if (column->is_generated || column->is_rowid || (is_key && column->has_default) ||
        (column->has_default && !column->fallback))
        return NULL; /* SQLite supplies the value */
    if (is_uuid_key(t, column))
        return ":_uuid7";
    if (is_time(column))
        return time_of(column);
    if (!column->has_default)
        return arena_printf(arena, ":%s", f->name);
    if (column->is_nullable && !column->key)
        return arena_printf(arena, "CASE WHEN :_has_%s THEN :%s ELSE %s END", f->name, f->name,
                            column->fallback);
    return arena_printf(arena, "coalesce(:%s, %s)", f->name, column->fallback);
}

static const char *on_patch(struct arena *arena, const struct scaffold_resource *r,
                            const struct scaffold_field *f)
{
    if (f->column->key || f->column->is_generated || f->column == r->owner)
        return NULL;
    if (is_time(f->column))
        return strcasecmp(f->column->name, "updated_at") == 0 ? time_of(f->column) : NULL;
    return arena_printf(arena, "CASE WHEN :_has_%s THEN :%s ELSE %s END", f->name, f->name,
                        f->quoted);
}

static void init_field(struct scaffold_resource *r, struct json_object *taken, struct arena *arena,
                       const struct table_column *column)
{
    struct scaffold_field *f = &r->fields[r->field_count++];
    bool is_own = column == r->owner || is_time(column) || is_uuid_key(r->table, column);

    f->column = column;
    f->name = take_name(taken, arena, plain(arena, column->name));
    f->quoted = tables_quote(arena, column->name);
    f->alias = strcmp(f->name, column->name) == 0 ? NULL : tables_quote(arena, f->name);
    f->is_filter = column != r->owner && (column->target || column->kind == COLUMN_BOOLEAN);
    if (r->table->is_view)
        return;
    f->on_create = on_create(arena, r, f);
    f->on_patch = on_patch(arena, r, f);
    f->is_created = f->on_create && !is_own;
    f->is_required = f->is_created && !column->has_default && (!column->is_nullable || column->key);
    f->is_patched = f->on_patch && !is_time(column);
    r->patches |= f->is_patched;
    r->reference_count += (f->is_created || f->is_patched) && column->target &&
                          strcasecmp(column->target, "_leat_users") == 0;
}

static void init_fields(struct scaffold_resource *r, struct arena *arena)
{
    struct json_object *names = json_object_new_object();
    const struct table *t = r->table;

    r->fields = arena_zalloc(arena, (t->column_count + 1) * sizeof(*r->fields));
    r->reference_count = t->foreign_key_count;
    for (size_t i = 0; i < t->column_count; i++) {
        const struct table_column *column = &t->columns[i];

        if (column->kind != COLUMN_BLOB)
            init_field(r, names, arena, column);
        else if (!column->is_nullable && !column->has_default && !column->is_generated)
            r->missing =
                arena_printf(arena, "%s is a BLOB, which JSON cannot represent", column->name);
    }
    r->limit = take_name(names, arena, "limit");
    r->cursor = take_name(names, arena, "cursor");
    json_object_put(names);
}

/* Finds the primary key; for a view, the column id. */
static void init_keys(struct scaffold_resource *r, struct arena *arena)
{
    r->keys = arena_zalloc(arena, (r->table->key_count + 2) * sizeof(struct scaffold_field *));
    for (size_t i = 0; i < r->field_count; i++) {
        const struct table_column *column = r->fields[i].column;

        if (column->key)
            r->keys[column->key - 1] = &r->fields[i];
        else if (r->table->is_view && strcasecmp(column->name, "id") == 0)
            r->keys[0] = &r->fields[i];
    }
    while (r->keys[r->key_count])
        r->key_count++;
    r->is_newest_first = r->key_count == 1 && (r->keys[0]->column->is_rowid ||
                                               is_uuid_key(r->table, r->keys[0]->column));
}

/* Returns why the table cannot be offered, or NULL. */
static const char *objection(const struct table *t)
{
    if (t->is_virtual)
        return "is a virtual table";
    if (!t->is_view && !t->key_count)
        return "has no primary key, so no path can identify a row";
    if (t->key_count > KEYS_MAX)
        return "has more than 8 columns in its primary key";
    if (t->column_count > COLUMNS_MAX)
        return "has more than 90 columns";
    for (size_t i = 0; i < t->column_count; i++) {
        const char *name = t->columns[i].name;

        if (t->columns[i].key && t->columns[i].kind == COLUMN_BLOB)
            return "has a BLOB in its primary key";
        if (!utf8_is_valid(name, strlen(name)) || strpbrk(name, "\n\r\t"))
            return "has a column whose name is not a single line of text";
    }
    return NULL;
}

bool resource_init(struct scaffold_resource *r, const struct table *table,
                   struct json_object *taken, struct arena *arena, struct fault *fault)
{
    *r = (struct scaffold_resource){.table = table, .owner = find_owner(table)};
    if (objection(table))
        return fault_set(fault, "%s", objection(table));
    r->quoted = tables_quote(arena, table->name);
    r->path = take_name(taken, arena, arena_printf(arena, "/%s", plain(arena, table->name)));
    r->singular = take_singular(taken, arena, camel(arena, table->name, true));
    r->plural =
        take_name(taken, arena, arena_printf(arena, "list%s", camel(arena, table->name, false)));
    r->plural += strlen("list");
    r->words = resource_singular(arena, table->name, " ");
    init_fields(r, arena);
    init_keys(r, arena);
    r->creates = !table->is_view && !r->missing;
    r->deletes = !table->is_view;
    return true;
}

const struct scaffold_field *resource_field(const struct scaffold_resource *r, const char *column)
{
    for (size_t i = 0; i < r->field_count; i++)
        if (strcasecmp(r->fields[i].column->name, column) == 0)
            return &r->fields[i];
    return NULL;
}

bool resource_has_body(const struct scaffold_resource *r)
{
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i].is_created)
            return true;
    return false;
}
