/* SPDX-License-Identifier: MIT */
/*
 * Writes up to four schemas for a resource: the row, what may be sent to create it, the patch, and
 * the page of a list. Bounds of the table become keywords only where a client sends values: a row
 * that was stored before a bound was introduced must still be readable. yaml_write_word() quotes
 * whatever YAML could read as something other than text.
 */
#include "workers/scaffold/resource_yaml.h"

#include <ctype.h>
#include <string.h>

#include "lib/conf/yaml_write.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/slice.h"

/* The use of a schema: bounds apply to values that are sent, not to values that are read. */
enum purpose { FOR_ROW, FOR_CREATE, FOR_PATCH };

static const char *type_of(const struct table_column *column)
{
    static const char *const types[] = {
        [COLUMN_BOOLEAN] = "boolean",    [COLUMN_INTEGER] = "integer",
        [COLUMN_NUMBER] = "number",      [COLUMN_TEXT] = "string",
        [COLUMN_JSON] = "object, array", [COLUMN_ARRAY] = "array",
        [COLUMN_OBJECT] = "object",      [COLUMN_ANY] = ""};

    return types[column->kind];
}

void resource_put_type(struct buf *out, const struct table_column *column, bool is_nullable)
{
    const char *type = type_of(column);

    if (!*type)
        return;
    if (is_nullable || strchr(type, ','))
        buf_printf(out, "type: [%s%s]", type, is_nullable ? ", \"null\"" : "");
    else
        buf_printf(out, "type: %s", type);
    if (column->kind == COLUMN_JSON || column->kind == COLUMN_OBJECT)
        buf_puts(out, ", additionalProperties: true");
    if (column->format)
        buf_printf(out, ", format: %s", column->format);
}

/* Appends an enum of the allowed values, unless the collation is not BINARY, which would accept
 * other spellings too. */
static void put_choices(struct buf *out, const struct table_column *column, bool is_nullable)
{
    const struct column_bounds *b = &column->bounds;
    bool fits = b->has_text_choices
                    ? column->kind == COLUMN_TEXT
                    : column->kind == COLUMN_INTEGER || column->kind == COLUMN_NUMBER;

    if (!b->choice_count || !fits || strcmp(column->collation, "BINARY") != 0)
        return;
    buf_puts(out, ", enum: [");
    for (size_t i = 0; i < b->choice_count; i++) {
        buf_puts(out, i ? ", " : "");
        if (b->has_text_choices)
            yaml_write_word(out, b->choices[i]);
        else
            buf_puts(out, b->choices[i]);
    }
    buf_puts(out, is_nullable ? ", null]" : "]");
}

static void put_bounds(struct buf *out, const struct table_column *column)
{
    const struct column_bounds *b = &column->bounds;
    bool is_number = column->kind == COLUMN_INTEGER || column->kind == COLUMN_NUMBER;

    if (is_number && b->minimum)
        buf_printf(out, ", %s: %s", b->is_above ? "exclusiveMinimum" : "minimum", b->minimum);
    if (is_number && b->maximum)
        buf_printf(out, ", %s: %s", b->is_below ? "exclusiveMaximum" : "maximum", b->maximum);
    if (column->kind == COLUMN_TEXT && b->min_length > 0)
        buf_printf(out, ", minLength: %lld", b->min_length);
    if (column->kind == COLUMN_TEXT && b->max_length >= 0)
        buf_printf(out, ", maxLength: %lld", b->max_length);
}

/* Returns whether the value may be null. For a view nothing is known that would prevent it. */
static bool is_nullable(const struct scaffold_resource *r, const struct scaffold_field *f,
                        enum purpose purpose)
{
    bool is_key = f->column->key != 0;

    for (size_t i = 0; i < r->key_count; i++)
        is_key |= r->keys[i] == f;
    if (r->table->is_view)
        return !is_key;
    return f->column->is_nullable && !(is_key && purpose != FOR_ROW);
}

static void put_property(const struct scaffold_resource *r, const struct scaffold_field *f,
                         enum purpose purpose, struct buf *out)
{
    bool nullable = is_nullable(r, f, purpose);

    buf_puts(out, "        ");
    yaml_write_word(out, f->name);
    buf_puts(out, ": {");
    resource_put_type(out, f->column, nullable);
    put_choices(out, f->column, nullable);
    if (purpose != FOR_ROW)
        put_bounds(out, f->column);
    buf_puts(out, "}\n");
}

static bool has_property(const struct scaffold_field *f, enum purpose purpose)
{
    return purpose == FOR_ROW || (purpose == FOR_CREATE ? f->is_created : f->is_patched);
}

static void put_object(const struct scaffold_resource *r, const char *before, const char *after,
                       enum purpose purpose, struct buf *out)
{
    const char *between = "      required: [";

    buf_printf(out, "    %s%s%s:\n      type: object\n", before, r->singular, after);
    for (size_t i = 0; i < r->field_count; i++) {
        if (purpose == FOR_PATCH || (purpose == FOR_CREATE && !r->fields[i].is_required))
            continue;
        buf_puts(out, between);
        yaml_write_word(out, r->fields[i].name);
        between = ", ";
    }
    buf_puts(out, *between == ',' ? "]\n      properties:\n" : "      properties:\n");
    for (size_t i = 0; i < r->field_count; i++)
        if (has_property(&r->fields[i], purpose))
            put_property(r, &r->fields[i], purpose, out);
}

void resource_put_schemas(const struct scaffold_resource *r, struct buf *out)
{
    put_object(r, "", "", FOR_ROW, out);
    if (r->key_count)
        buf_printf(out,
                   "    %sPage:\n"
                   "      type: object\n"
                   "      required: [items, next]\n"
                   "      properties:\n"
                   "        items: {type: array, items: {$ref: \"#/components/schemas/%s\"}}\n"
                   "        next: {type: [string, \"null\"]}\n",
                   r->singular, r->singular);
    if (r->creates && resource_has_body(r))
        put_object(r, "New", "", FOR_CREATE, out);
    if (r->patches)
        put_object(r, "", "Patch", FOR_PATCH, out);
}
