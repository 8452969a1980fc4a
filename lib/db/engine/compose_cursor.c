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

static void put_column(struct buf *out, const struct plan_page *page, size_t i)
{
    buf_puts(out, "\"_leat\".");
    compose_column(out, page->by[i]);
}

static void put_row_value(struct buf *out, const struct plan_page *page, unsigned variant,
                          size_t number)
{
    buf_putc(out, '(');
    for (size_t i = 0; i < page->by_count; i++) {
        buf_puts(out, i ? ", " : "");
        put_column(out, page, i);
    }
    buf_puts(out, goes_down(page, variant, 0) ? ") < (" : ") > (");
    for (size_t i = 0; i < page->by_count; i++)
        buf_printf(out, "%s?%zu", i ? ", " : "", number + i);
    buf_putc(out, ')');
}

/* Writes that the columns before `end` are equal to the cursor's. */
static void put_equal(struct buf *out, const struct plan_page *page, unsigned variant, size_t end,
                      size_t number)
{
    for (size_t i = 0; i < end; i++) {
        put_column(out, page, i);
        if (is_null(variant, i))
            buf_puts(out, " IS NULL AND ");
        else
            buf_printf(out, " = ?%zu AND ", number + i);
    }
}

/* Writes one SELECT: of the rows that differ first in column i. */
static void put_arm(struct compose_list *list, size_t i, bool is_null_arm)
{
    struct buf *out = list->out;
    const char *place = goes_down(list->page, list->variant, i) ? " < ?%zu" : " > ?%zu";

    buf_puts(out, list->arms++ ? " UNION ALL " : "");
    buf_put(out, list->select.data, list->select.len);
    buf_puts(out, list->word);
    put_equal(out, list->page, list->variant, i, list->number);
    put_column(out, list->page, i);
    if (is_null_arm)
        buf_puts(out, " IS NULL");
    else if (is_null(list->variant, i))
        buf_puts(out, " IS NOT NULL");
    else
        buf_printf(out, place, list->number + i);
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

static void put_order(const struct compose_list *list)
{
    for (size_t i = 0; i < list->page->by_count; i++) {
        bool is_down = goes_down(list->page, list->variant, i);

        buf_puts(list->out, i ? ", " : " ORDER BY ");
        if (!list->arms) /* a compound orders by the names of its result */
            buf_puts(list->out, "\"_leat\".");
        compose_column(list->out, list->page->by[i]);
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
    buf_puts(list->out, "0");
}

void compose_page(struct compose_list *list)
{
    bool is_compound = list->variant & COMPOSE_CURSOR && !has_row_value(list->page, list->variant);

    if (is_compound) {
        put_arms(list);
        if (!list->arms)
            put_nothing(list);
        if (list->arms == 1)
            list->arms = 0; /* it is no compound */
    } else {
        buf_put(list->out, list->select.data, list->select.len);
        if (list->variant & COMPOSE_CURSOR) {
            buf_puts(list->out, list->word);
            put_row_value(list->out, list->page, list->variant, list->number);
        }
    }
    put_order(list);
}
