/* SPDX-License-Identifier: MIT */
/*
 * Writes the paths of a resource as YAML that people will go on editing: laid out as if by hand,
 * with a remark wherever something is left out, instead of printed from a tree. The document must
 * pass `leat check` as it is; a list that no key orders, for example, needs x-allow-scan.
 */
#include "workers/scaffold/resource_yaml.h"

#include "lib/conf/yaml_write.h"
#include "lib/core/slice.h"
#include "lib/db/engine/compose.h"

/* Appends `sql: |` and the statement below it. */
static void put_sql(const struct scaffold_resource *r, enum resource_statement which,
                    struct buf *out)
{
    struct buf text = {0};
    struct slice rest;

    resource_sql(r, which, &text);
    rest = buf_slice(&text);
    buf_puts(out, "        sql: |\n");
    while (rest.len) {
        struct slice line = slice_cut(&rest, '\n');

        buf_printf(out, "          %.*s\n", (int)line.len, line.data);
    }
    buf_fini(&text);
}

static void put_parameter(struct buf *out, const char *name, const char *rest)
{
    buf_puts(out, "      - {name: ");
    yaml_write_word(out, name);
    buf_printf(out, ", in: query, schema: {%s}}\n", rest);
}

static void put_answer(struct buf *out, const char *status, const char *description,
                       const char *schema)
{
    buf_printf(out,
               "      responses:\n"
               "        \"%s\":\n"
               "          description: %s\n"
               "          content: {application/json: {schema: %s}}\n",
               status, description, schema);
}

static void put_row_answer(const struct scaffold_resource *r, const char *status,
                           const char *format, struct buf *out)
{
    struct buf description = {0}, schema = {0};

    buf_printf(&description, format, r->words);
    buf_printf(&schema, "{$ref: \"#/components/schemas/%s\"}", r->singular);
    put_answer(out, status, buf_text(&description), buf_text(&schema));
    buf_fini(&description);
    buf_fini(&schema);
}

static void put_body(const struct scaffold_resource *r, const char *before, const char *after,
                     struct buf *out)
{
    buf_printf(
        out,
        "      requestBody:\n"
        "        required: true\n"
        "        content: {application/json: {schema: {$ref: \"#/components/schemas/%s%s%s\"}}}\n",
        before, r->singular, after);
}

/* Calls `put` for each field that the list can be filtered by, up to the maximum. Returns their
 * number. */
static size_t each_filter(const struct scaffold_resource *r, struct buf *out,
                          void (*put)(struct buf *out, const struct scaffold_field *f, size_t i))
{
    size_t count = 0;

    for (size_t i = 0; i < r->field_count && count < COMPOSE_FILTERS_MAX; i++)
        if (r->fields[i].is_filter)
            put(out, &r->fields[i], count++);
    return count;
}

static void put_filter_parameter(struct buf *out, const struct scaffold_field *f, size_t i)
{
    struct buf type = {0};

    (void)i;
    resource_put_type(&type, f->column, false);
    put_parameter(out, f->name, buf_text(&type));
    buf_fini(&type);
}

static void put_filter(struct buf *out, const struct scaffold_field *f, size_t i)
{
    buf_puts(out, i ? ", " : "        filter: {");
    yaml_write_word(out, f->name);
    buf_puts(out, ": ");
    yaml_write_word(out, f->name);
}

static void put_page(const struct scaffold_resource *r, struct buf *out)
{
    buf_puts(out, "        page: {by: [");
    for (size_t i = 0; i < r->key_count; i++) {
        buf_puts(out, i ? ", " : "");
        yaml_write_word(out, r->keys[i]->name);
    }
    buf_printf(out, "]%s, limit: ", r->is_newest_first ? ", order: desc" : "");
    yaml_write_word(out, r->limit);
    buf_puts(out, ", cursor: ");
    yaml_write_word(out, r->cursor);
    buf_puts(out, "}\n");
}

static void put_list(const struct scaffold_resource *r, struct buf *out)
{
    struct buf schema = {0};

    buf_printf(&schema,
               r->key_count ? "{$ref: \"#/components/schemas/%sPage\"}"
                            : "{type: array, items: {$ref: \"#/components/schemas/%s\"}}",
               r->singular);
    buf_printf(out, "  %s:\n    get:\n      operationId: list%s\n      parameters:\n", r->path,
               r->plural);
    each_filter(r, out, put_filter_parameter);
    put_parameter(out, r->limit, "type: integer, minimum: 1, maximum: 100, default: 20");
    if (r->key_count)
        put_parameter(out, r->cursor, "type: string");
    put_answer(out, "200",
               !r->key_count        ? "A list of rows."
               : r->is_newest_first ? "A page of rows, newest first."
                                    : "A page of rows, ordered by key.",
               buf_text(&schema));
    buf_puts(out, "      x-sql:\n        returns: list\n");
    put_sql(r, STATEMENT_LIST, out);
    if (each_filter(r, out, put_filter))
        buf_puts(out, "}\n");
    if (r->key_count)
        put_page(r, out);
    else
        buf_puts(out, "      x-allow-scan: true\n"); /* no column orders the rows */
    buf_fini(&schema);
}

static void put_item_path(const struct scaffold_resource *r, struct buf *out)
{
    buf_puts(out, r->path);
    for (size_t i = 0; i < r->key_count; i++)
        buf_printf(out, "/{%s}", r->keys[i]->name);
}

static void put_create(const struct scaffold_resource *r, struct buf *out)
{
    buf_printf(out, "    post:\n      operationId: create%s\n", r->singular);
    if (resource_has_body(r))
        put_body(r, "New", "", out);
    put_row_answer(r, "201", "The new %s.", out);
    buf_puts(out, "      x-sql:\n        returns: one\n        location: ");
    put_item_path(r, out);
    buf_putc(out, '\n');
    put_sql(r, STATEMENT_CREATE, out);
}

static void put_item(const struct scaffold_resource *r, struct buf *out)
{
    buf_puts(out, "\n  ");
    put_item_path(r, out);
    buf_puts(out, ":\n    parameters:\n");
    for (size_t i = 0; i < r->key_count; i++) {
        buf_puts(out, "    - {name: ");
        yaml_write_word(out, r->keys[i]->name);
        buf_puts(out, ", in: path, required: true, schema: {");
        resource_put_type(out, r->keys[i]->column, false);
        buf_puts(out, "}}\n");
    }
    buf_printf(out, "    get:\n      operationId: get%s\n", r->singular);
    put_row_answer(r, "200", "The %s.", out);
    buf_puts(out, "      x-sql:\n        returns: one\n");
    put_sql(r, STATEMENT_READ, out);
}

static void put_patch(const struct scaffold_resource *r, struct buf *out)
{
    buf_printf(out, "    patch:\n      operationId: patch%s\n", r->singular);
    put_body(r, "", "Patch", out);
    put_row_answer(r, "200", "The updated %s.", out);
    buf_puts(out, "      x-sql:\n"
                  "        returns: one\n"
                  "        # Absent members leave their columns unchanged; null sets NULL.\n");
    put_sql(r, STATEMENT_PATCH, out);
}

static void put_delete(const struct scaffold_resource *r, struct buf *out)
{
    buf_printf(out,
               "    delete:\n"
               "      operationId: delete%s\n"
               "      responses: {\"204\": {description: Deleted.}}\n"
               "      x-sql:\n"
               "        returns: one\n",
               r->singular);
    put_sql(r, STATEMENT_DELETE, out);
}

/* Appends remarks about what is left out. */
static void put_remarks(const struct scaffold_resource *r, struct buf *out)
{
    for (size_t i = 0; i < r->table->column_count; i++) {
        const struct table_column *column = &r->table->columns[i];

        if (column->kind == COLUMN_BLOB)
            buf_printf(out, "  # %s is left out: JSON cannot represent a BLOB.\n", column->name);
        if (column->key && column->is_nullable)
            buf_printf(out,
                       "  # %s may be NULL although it is part of the key; declare it NOT NULL.\n",
                       column->name);
    }
    if (r->missing)
        buf_printf(out, "  # No post: %s.\n", r->missing);
}

void resource_put_paths(const struct scaffold_resource *r, struct buf *out)
{
    put_remarks(r, out);
    put_list(r, out);
    if (r->creates)
        put_create(r, out);
    if (r->key_count)
        put_item(r, out);
    if (r->patches)
        put_patch(r, out);
    if (r->deletes)
        put_delete(r, out);
}
