/* SPDX-License-Identifier: MIT */
#include "lib/db/engine/compose.h"

#include <assert.h>

#include "lib/db/engine/compose_cursor.h"
#include "lib/db/engine/page_cursor.h"

/* The length of "SELECT *", with which a select begins. */
enum { FIRST_WORDS = 8 };

static unsigned cursor_variant(const struct plan *plan, const struct db_value *values)
{
    const struct plan_page *page = &plan->page;
    const struct db_value *cursor = &values[page->cursor];
    unsigned variant = plan_is_backward(plan, values) ? COMPOSE_BACKWARD : 0;

    if (!plan_has_keys(plan, values))
        return variant;
    variant |= COMPOSE_CURSOR;
    for (size_t i = 0; i < page->by_count; i++)
        if (cursor[1 + i].type == DB_NULL)
            variant |= (unsigned)COMPOSE_NULL << i;
    return variant;
}

unsigned compose_variant(const struct plan *plan, const struct db_value *values)
{
    unsigned variant = 0;

    assert(plan->filter_count <= COMPOSE_FILTERS_MAX);
    for (size_t i = 0; i < plan->filter_count; i++)
        if (values[plan->filters[i].value].type != DB_ABSENT)
            variant |= 1u << i;
    return variant | cursor_variant(plan, values);
}

/* Writes the author's statement with the filters that were sent. Returns the word that begins the
 * next condition. */
static const char *put_select(const struct plan *plan, unsigned variant, struct buf *out,
                              size_t *number)
{
    const char *word = " WHERE ";

    /* The newline ends a comment that the author's SQL may end with. */
    buf_printf(out, "SELECT * FROM (%s\n) AS \"_leat\"", plan->steps[plan->result].sql);
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (!(variant & 1u << i))
            continue;
        buf_printf(out, "%s\"_leat\".", word);
        compose_column(out, plan->filters[i].column);
        /* With IS, SQLite loses optimizations of a LEFT JOIN that it has with '='. */
        buf_printf(out, plan->filters[i].takes_null ? " IS ?%zu" : " = ?%zu", ++*number);
        word = " AND ";
    }
    return word;
}

void compose_sql(const struct plan *plan, unsigned variant, struct buf *out)
{
    const struct plan_step *step = &plan->steps[plan->result];
    struct compose_list list = {.out = out, .page = &plan->page, .variant = variant};
    size_t number = step->bind_count;
    struct buf select = {0};

    assert(plan->result < plan->step_count);
    if (!plan->filter_count && !plan->page.by) {
        buf_puts(out, step->sql);
        return;
    }
    if (!plan->page.by) {
        put_select(plan, variant, out, &number);
        return;
    }
    list.word = put_select(plan, variant, &select, &number);
    if (variant & COMPOSE_COUNT) {
        buf_printf(out, "SELECT count(*) FROM (SELECT 1%.*s LIMIT ?%zu) AS \"_leat_rows\"",
                   (int)(select.len - FIRST_WORDS), select.data + FIRST_WORDS, number + 1);
        buf_fini(&select);
        return;
    }
    list.select = buf_slice(&select);
    list.number = number + 1;
    compose_page(&list);
    if (variant & COMPOSE_CURSOR)
        number += plan->page.by_count;
    buf_printf(out, " LIMIT ?%zu", number + 1);
    buf_fini(&select);
}
