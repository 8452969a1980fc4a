/* SPDX-License-Identifier: MIT */
/* Writes the statements of a resource, laid out as if by hand. */
#include "workers/scaffold/resource.h"

#include <string.h>
#include <strings.h>

enum { LINE_MAX_LEN = 88 };

/* Starts an item of a comma-separated list, on a new line if the current one is full. */
static void put_comma(struct buf *out, size_t *line, size_t item, const char *indent, bool is_first)
{
    if (is_first)
        return;
    buf_putc(out, ',');
    if (out->len - *line + item + 2 <= LINE_MAX_LEN) {
        buf_putc(out, ' ');
        return;
    }
    buf_putc(out, '\n');
    *line = out->len;
    buf_puts(out, indent);
}

/* Returns where the current line begins. */
static size_t line_of(const struct buf *out)
{
    const char *newline = out->len ? memrchr(out->data, '\n', out->len) : NULL;

    return newline ? (size_t)(newline + 1 - out->data) : 0;
}

/* Returns whether the field is a key that may be NULL, which SQLite allows and a cursor does not.
 * The list then leaves out rows whose key is NULL, and selects it as an expression, which the check
 * does not take for a column that may be NULL. The expression names the column's own collation, so
 * that the index still serves. */
static bool is_loose(const struct scaffold_resource *r, const struct scaffold_field *f, bool pages)
{
    for (size_t i = 0; pages && i < r->key_count; i++)
        if (r->keys[i] == f)
            return f->column->is_nullable;
    return false;
}

/* Appends all columns, named as in JSON. */
static void put_columns(const struct scaffold_resource *r, const char *indent, bool pages,
                        struct buf *out)
{
    size_t line = line_of(out);

    for (size_t i = 0; i < r->field_count; i++) {
        const struct scaffold_field *f = &r->fields[i];
        bool loose = is_loose(r, f, pages);
        const char *alias = f->alias ? f->alias : loose ? f->quoted : NULL;

        put_comma(out, &line, strlen(f->quoted) + (alias ? strlen(alias) + 4 : 0), indent, i == 0);
        buf_puts(out, f->quoted);
        if (loose)
            buf_printf(out, " COLLATE %s", f->column->collation);
        if (alias)
            buf_printf(out, " AS %s", alias);
    }
}

static void put_where(const struct scaffold_resource *r, struct buf *out)
{
    for (size_t i = 0; i < r->key_count; i++)
        buf_printf(out, "%s%s = :%s", i ? " AND " : "WHERE ", r->keys[i]->quoted, r->keys[i]->name);
}

static void put_list(const struct scaffold_resource *r, struct buf *out)
{
    const char *word = "WHERE";

    buf_puts(out, "SELECT ");
    put_columns(r, "       ", true, out);
    buf_printf(out, "\nFROM %s", r->quoted);
    for (size_t i = 0; i < r->key_count; i++) {
        if (!r->keys[i]->column->is_nullable)
            continue;
        buf_printf(out, "%s%s %s IS NOT NULL", i ? " " : "\n", word, r->keys[i]->quoted);
        word = "AND";
    }
    if (!r->key_count)
        buf_printf(out, "\nLIMIT :%s", r->limit);
}

static void put_create(const struct scaffold_resource *r, struct buf *out)
{
    size_t count = 0, line;

    for (size_t i = 0; i < r->field_count; i++)
        count += r->fields[i].on_create != NULL;
    buf_printf(out, "INSERT INTO %s%s", r->quoted, count ? " (" : " DEFAULT VALUES\n");
    line = 0;
    for (size_t i = 0, n = 0; i < r->field_count; i++) {
        if (!r->fields[i].on_create)
            continue;
        put_comma(out, &line, strlen(r->fields[i].quoted), "    ", n++ == 0);
        buf_puts(out, r->fields[i].quoted);
    }
    buf_puts(out, count ? ")\nVALUES (" : "");
    line = line_of(out);
    for (size_t i = 0, n = 0; i < r->field_count; i++) {
        if (!r->fields[i].on_create)
            continue;
        put_comma(out, &line, strlen(r->fields[i].on_create), "    ", n++ == 0);
        buf_puts(out, r->fields[i].on_create);
    }
    buf_puts(out, count ? ")\nRETURNING " : "RETURNING ");
    put_columns(r, "    ", false, out);
}

static void put_read(const struct scaffold_resource *r, struct buf *out)
{
    buf_puts(out, "SELECT ");
    put_columns(r, "       ", false, out);
    buf_printf(out, "\nFROM %s\n", r->quoted);
    put_where(r, out);
}

static void put_patch(const struct scaffold_resource *r, struct buf *out)
{
    const char *between = "SET ";

    buf_printf(out, "UPDATE %s\n", r->quoted);
    for (size_t i = 0; i < r->field_count; i++) {
        if (!r->fields[i].on_patch)
            continue;
        buf_printf(out, "%s%s = %s", between, r->fields[i].quoted, r->fields[i].on_patch);
        between = ",\n    ";
    }
    buf_putc(out, '\n');
    put_where(r, out);
    buf_puts(out, "\nRETURNING ");
    put_columns(r, "    ", false, out);
}

static void put_delete(const struct scaffold_resource *r, struct buf *out)
{
    buf_printf(out, "DELETE FROM %s ", r->quoted);
    put_where(r, out);
    buf_printf(out, " RETURNING %s", r->keys[0]->quoted);
}

void resource_sql(const struct scaffold_resource *r, enum resource_statement which, struct buf *out)
{
    static void (*const put[])(const struct scaffold_resource *r,
                               struct buf *out) = {[STATEMENT_LIST] = put_list,
                                                   [STATEMENT_CREATE] = put_create,
                                                   [STATEMENT_READ] = put_read,
                                                   [STATEMENT_PATCH] = put_patch,
                                                   [STATEMENT_DELETE] = put_delete};

    put[which](r, out);
}
