/* SPDX-License-Identifier: MIT */
/* The rows behind a cursor in an order of several columns. If all columns go one way and NULL
 * cannot get in the way, a row value says it, and one search of the index finds the place:
 *
 *     WHERE (a, b) > (?1, ?2) ORDER BY a, b
 *
 * Otherwise no single condition does: SQLite would answer an OR by walking from the start of the
 * index. So there is one SELECT for each column on which a row may differ first, and SQLite merges
 * them, each in the order of the index, only as far as the limit goes:
 *
 *     WHERE a < ?1  UNION ALL  WHERE a IS NULL  UNION ALL  WHERE a = ?1 AND b > ?2
 *     ORDER BY a DESC NULLS LAST, b */
#include "lib/db/engine/compose_cursor.h"

/* Returns true if the walk goes down in column i: in its own direction, or against it. */
static bool goes_down(const struct plan_page *page, unsigned variant, size_t i)
{
    return (page->descending >> i & 1) != ((variant & COMPOSE_BACKWARD) != 0);
}

static bool is_null(unsigned variant, size_t i)
{
    return (variant & (unsigned)COMPOSE_NULL << i) != 0;
}

/* Returns true if a row value is the place of the cursor. NULL > ? is not true, which is right for
 * a NULL that comes first and wrong for one that comes last. */
static bool has_row_value(const struct plan_page *page, unsigned variant)
{
    for (size_t i = 0; i < page->by_count; i++) {
        bool is_down = goes_down(page, variant, i);

        if (is_null(variant, i) || is_down != goes_down(page, variant, 0) ||
            (is_down && page->nullable >> i & 1))
            return false;
    }
    return true;
}

void compose_parameter(struct buf *out, const struct dialect *dialect, size_t number)
{
    buf_printf(out, "%c%zu", dialect->parameter, number);
}

void compose_column(struct buf *out, const char *name)
{
    buf_putc(out, '"');
    for (; *name; name++) {
        if (*name == '"')
            buf_putc(out, '"');
        buf_putc(out, *name);
    }
    buf_putc(out, '"');
}

/* Writes what makes column i of the page compare its bytes. */
static void put_bytewise(const struct compose_list *list, size_t i)
{
    if (list->page->texts >> i & 1)
        buf_puts(list->out, list->dialect->bytewise);
}

static void put_column(const struct compose_list *list, size_t i)
{
    buf_puts(list->out, "\"_leat\".");
    compose_column(list->out, list->page->by[i]);
}

/* Writes the parameter that holds the cursor's key i. Keys that are NULL have none: an engine may
 * not guess the type of one that the statement does not use. */
static void put_key(const struct compose_list *list, size_t i)
{
    size_t number = list->number;

    for (size_t k = 0; k < i; k++)
        number += !is_null(list->variant, k);
    compose_parameter(list->out, list->dialect, number);
}

static void put_row_value(const struct compose_list *list)
{
    struct buf *out = list->out;

    buf_putc(out, '(');
    for (size_t i = 0; i < list->page->by_count; i++) {
        buf_puts(out, i ? ", " : "");
        put_column(list, i);
        put_bytewise(list, i);
    }
    buf_puts(out, goes_down(list->page, list->variant, 0) ? ") < (" : ") > (");
    for (size_t i = 0; i < list->page->by_count; i++) {
        buf_puts(out, i ? ", " : "");
        put_key(list, i);
    }
    buf_putc(out, ')');
}

/* Writes that the columns before `end` are equal to the cursor's. */
static void put_equal(const struct compose_list *list, size_t end)
{
    for (size_t i = 0; i < end; i++) {
        put_column(list, i);
        if (is_null(list->variant, i)) {
            buf_puts(list->out, " IS NULL AND ");
            continue;
        }
        buf_puts(list->out, " = ");
        put_key(list, i);
        buf_puts(list->out, " AND ");
    }
}

/* Writes one SELECT: of the rows that differ first in column i. */
static void put_arm(struct compose_list *list, size_t i, bool is_null_arm)
{
    struct buf *out = list->out;

    buf_puts(out, list->arms++ ? " UNION ALL " : "");
    buf_put(out, list->select.data, list->select.len);
    buf_puts(out, list->word);
    put_equal(list, i);
    put_column(list, i);
    if (is_null_arm || is_null(list->variant, i)) {
        buf_puts(out, is_null_arm ? " IS NULL" : " IS NOT NULL");
        return;
    }
    put_bytewise(list, i);
    buf_puts(out, goes_down(list->page, list->variant, i) ? " < " : " > ");
    put_key(list, i);
}

/* Nothing comes after NULL where it is last, and NULL itself comes after all else. */
static void put_arms(struct compose_list *list)
{
    for (size_t i = 0; i < list->page->by_count; i++) {
        bool is_down = goes_down(list->page, list->variant, i);
        bool is_at_null = is_null(list->variant, i);

        if (!is_down || !is_at_null)
            put_arm(list, i, false);
        if (is_down && !is_at_null && list->page->nullable >> i & 1)
            put_arm(list, i, true);
    }
}

/* The order of NULL is always written where it can occur: it differs between engines. */
static void put_order(const struct compose_list *list)
{
    for (size_t i = 0; i < list->page->by_count; i++) {
        bool is_down = goes_down(list->page, list->variant, i);

        buf_puts(list->out, i ? ", " : " ORDER BY ");
        if (list->is_compound)
            compose_column(list->out, list->page->by[i]);
        else
            put_column(list, i);
        put_bytewise(list, i);
        buf_puts(list->out, is_down ? " DESC" : " ASC");
        if (list->page->nullable >> i & 1)
            buf_puts(list->out, is_down ? " NULLS LAST" : " NULLS FIRST");
    }
}

/* Writes a SELECT of no rows: the cursor is at the end of the order. */
static void put_nothing(struct compose_list *list)
{
    buf_put(list->out, list->select.data, list->select.len);
    buf_puts(list->out, list->word);
    buf_puts(list->out, "false");
}

/* Writes the SELECTs of a compound. Only the names of its columns may be in its order, with which
 * some engines allow nothing more; there it is the table of a SELECT. */
static void put_compound(struct compose_list *list)
{
    struct buf arms = {0}, *out = list->out;

    list->out = &arms;
    put_arms(list);
    if (!list->arms)
        put_nothing(list);
    list->out = out;
    list->is_compound = list->arms > 1 && !list->dialect->orders_names;
    if (list->arms > 1 && list->dialect->orders_names)
        buf_printf(out, "SELECT * FROM (%s) AS \"_leat\"", buf_text(&arms));
    else
        buf_put(out, arms.data, arms.len);
    buf_fini(&arms);
}

void compose_page(struct compose_list *list)
{
    if (list->variant & COMPOSE_CURSOR && !has_row_value(list->page, list->variant)) {
        put_compound(list);
    } else {
        buf_put(list->out, list->select.data, list->select.len);
        if (list->variant & COMPOSE_CURSOR) {
            buf_puts(list->out, list->word);
            put_row_value(list);
        }
    }
    put_order(list);
}
