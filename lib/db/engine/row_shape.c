/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/row_shape.h"

#include <stdlib.h>
#include <string.h>

#include "lib/core/json/jwrite.h"
#include "lib/core/memory.h"
#include "lib/core/text/percent.h"

static const struct plan_column *find_column(const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->column_count; i++)
        if (strcmp(plan->columns[i].name, name) == 0)
            return &plan->columns[i];
    return NULL;
}

void row_shape_init(struct row_shape *s, const struct plan *plan, const char *const *names,
                    size_t count)
{
    bool is_first = true;

    s->count = count;
    s->columns = xcalloc(count + 1, sizeof(*s->columns));
    for (size_t i = 0; i < count; i++) {
        const struct plan_column *column = find_column(plan, names[i]);

        s->columns[i].name = xstrdup(names[i]);
        s->columns[i].types = column ? column->types : -1;
        if (column && column->is_hidden)
            continue;
        if (!is_first)
            buf_putc(&s->columns[i].key, ',');
        is_first = false;
        jwrite_key(&s->columns[i].key, names[i]);
    }
    for (size_t i = 0; i < plan->page.by_count; i++)
        s->keys[i] = row_shape_find(s, plan->page.by[i]);
    s->etag = plan->etag ? row_shape_find(s, plan->etag) : count;
}

void row_shape_fini(struct row_shape *s)
{
    for (size_t i = 0; i < s->count; i++) {
        buf_fini(&s->columns[i].key);
        free(s->columns[i].name);
    }
    free(s->columns);
    *s = (struct row_shape){0};
}

static bool has_column(const struct plan_step *step, const char *name)
{
    for (size_t i = 0; i < step->column_count; i++)
        if (strcmp(step->columns[i], name) == 0)
            return true;
    return false;
}

bool row_shape_is_proved(const struct plan_step *step, const char *const *names, size_t count)
{
    if (!step->columns)
        return true;
    if (count != step->column_count)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!has_column(step, names[i]))
            return false;
    return true;
}

size_t row_shape_find(const struct row_shape *s, const char *name)
{
    size_t i = 0;

    while (i < s->count && strcmp(s->columns[i].name, name) != 0)
        i++;
    return i;
}

bool row_put(struct buf *out, const struct row_shape *s, const struct cell *cells,
             const char **column)
{
    buf_putc(out, '{');
    for (const struct row_shape_column *c = s->columns; c < s->columns + s->count; c++, cells++) {
        if (!c->key.len) /* hidden */
            continue;
        buf_put(out, c->key.data, c->key.len);
        if (!cell_put(out, cells, c->types)) {
            *column = c->name;
            return false;
        }
    }
    buf_putc(out, '}');
    return true;
}

bool row_has_overflow(const struct row_shape *s, const struct cell *cells)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->columns[i].key.len && cell_is_overflow(&cells[i], s->columns[i].types))
            return true;
    return false;
}

void row_put_text(struct buf *out, const struct row_shape *s, const struct cell *cells,
                  const char *name)
{
    size_t at = row_shape_find(s, name);

    if (at < s->count)
        cell_put_text(out, &cells[at]);
}

void row_put_location(struct buf *out, const struct row_shape *s, const struct cell *cells,
                      const struct plan_location *parts, size_t count)
{
    struct buf text = {0};

    for (size_t i = 0; i < count; i++) {
        buf_put(out, parts[i].literal.data, parts[i].literal.len);
        if (!parts[i].column)
            continue;
        text.len = 0;
        row_put_text(&text, s, cells, parts[i].column);
        percent_encode(out, buf_slice(&text));
    }
    buf_fini(&text);
}
