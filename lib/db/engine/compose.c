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
static const char *put_select(const struct plan *plan, struct compose_list *list, struct buf *out)
{
    const char *word = " WHERE ";

    /* The newline ends a comment that the author's SQL may end with. */
    buf_printf(out, "SELECT * FROM (%s\n) AS \"_leat\"", plan->steps[plan->result].sql);
    for (size_t i = 0; i < plan->filter_count; i++) {
        if (!(list->variant & 1u << i))
            continue;
        buf_printf(out, "%s\"_leat\".", word);
        compose_column(out, plan->filters[i].column);
        /* With IS, SQLite loses optimizations of a LEFT JOIN that it has with '='. */
        buf_printf(out, " %s ", plan->filters[i].takes_null ? list->dialect->is_same : "=");
        compose_parameter(out, list->dialect, list->number++);
        word = " AND ";
    }
    return word;
}

size_t compose_values(const struct plan *plan, unsigned variant,
                      size_t out[static COMPOSE_VALUES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < plan->filter_count; i++)
        if (variant & 1u << i)
            out[n++] = plan->filters[i].value;
    for (size_t i = 0; i < plan->page.by_count && variant & COMPOSE_CURSOR; i++)
        if (!(variant & (unsigned)COMPOSE_NULL << i))
            out[n++] = plan->page.cursor + 1 + i;
    return n;
}

/* Writes how many rows there are, up to the limit. */
static void put_count(const struct compose_list *list)
{
    buf_printf(list->out, "SELECT count(*) FROM (SELECT 1%.*s LIMIT ",
               (int)(list->select.len - FIRST_WORDS), list->select.data + FIRST_WORDS);
    compose_parameter(list->out, list->dialect, list->number);
    buf_puts(list->out, ") AS \"_leat_rows\"");
}

void compose_sql(const struct dialect *dialect, const struct plan *plan, unsigned variant,
                 struct buf *out)
{
    const struct plan_step *step = &plan->steps[plan->result];
    struct compose_list list = {
        .dialect = dialect, .out = out, .page = &plan->page, .variant = variant};
    size_t values[COMPOSE_VALUES_MAX];
    struct buf select = {0};

    assert(plan->result < plan->step_count);
    list.number = step->bind_count + 1;
    if (!plan->filter_count && !plan->page.by) {
        buf_puts(out, step->sql);
        return;
    }
    if (!plan->page.by) {
        put_select(plan, &list, out);
        return;
    }
    list.word = put_select(plan, &list, &select);
    list.select = buf_slice(&select);
    if (variant & COMPOSE_COUNT) {
        put_count(&list);
    } else {
        compose_page(&list);
        buf_puts(out, " LIMIT ");
        compose_parameter(out, dialect,
                          step->bind_count + compose_values(plan, variant, values) + 1);
    }
    buf_fini(&select);
}
