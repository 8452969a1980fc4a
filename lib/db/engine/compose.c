/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/compose.h"

#include <assert.h>

unsigned compose_variant(const struct plan *plan, const struct db_value *values)
{
    unsigned variant = 0;

    assert(plan->filter_count <= COMPOSE_FILTERS_MAX);
    for (size_t i = 0; i < plan->filter_count; i++)
        if (values[plan->filters[i].value].type != DB_ABSENT)
            variant |= 1u << i;
    if (plan->page.by && values[plan->page.cursor].type != DB_NULL)
        variant |= COMPOSE_CURSOR;
    return variant;
}

/* Writes a column of the author's result, quoted. */
static void put_column(struct buf *out, const char *name)
{
    buf_puts(out, "\"_leat\".\"");
    for (; *name; name++) {
        if (*name == '"')
            buf_putc(out, '"');
        buf_putc(out, *name);
    }
    buf_putc(out, '"');
}

static void put_row(struct buf *out, const struct plan_page *page, const char *suffix)
{
    for (size_t i = 0; i < page->by_count; i++) {
        if (i)
            buf_puts(out, ", ");
        put_column(out, page->by[i]);
        buf_puts(out, suffix);
    }
}

static void put_cursor(struct buf *out, const struct plan_page *page, size_t *number)
{
    buf_putc(out, '(');
    put_row(out, page, "");
    buf_puts(out, page->is_descending ? ") < (" : ") > (");
    for (size_t i = 0; i < page->by_count; i++)
        buf_printf(out, "%s?%zu", i ? ", " : "", ++*number);
    buf_putc(out, ')');
}

void compose_sql(const struct plan *plan, unsigned variant, struct buf *out)
{
    const struct plan_step *step = &plan->steps[plan->result];
    size_t number = step->bind_count;
    const char *word = " WHERE ";

    assert(plan->result < plan->step_count);
    if (!plan->filter_count && !plan->page.by) {
        buf_puts(out, step->sql);
        return;
    }
    /* The newline ends a comment that the author's SQL may end with. */
    buf_printf(out, "SELECT * FROM (%s\n) AS \"_leat\"", step->sql);
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (!(variant & 1u << i))
            continue;
        buf_puts(out, word);
        put_column(out, plan->filters[i].column);
        /* With IS, SQLite loses optimizations of a LEFT JOIN that it has with '='. */
        buf_printf(out, plan->filters[i].takes_null ? " IS ?%zu" : " = ?%zu", ++number);
        word = " AND ";
    }
    if (!plan->page.by)
        return;
    if (variant & COMPOSE_CURSOR) {
        buf_puts(out, word);
        put_cursor(out, &plan->page, &number);
    }
    buf_puts(out, " ORDER BY ");
    put_row(out, &plan->page, plan->page.is_descending ? " DESC" : " ASC");
    buf_printf(out, " LIMIT ?%zu", ++number);
}
