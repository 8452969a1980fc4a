/* SPDX-License-Identifier: MIT */
/* The ends of a page. An engine delivers the rows in the order of the walk, which starts at the
 * cursor:
 *
 *     forward     cursor ▸ first … last ▸ one more?      next: after the last, if there is more
 *     backward    one more? ◂ last … first ◂ cursor      previous: before the last, if there is more
 *
 * On the side of the cursor there is a page in any case: the one that the client came from. A page
 * whose rows have all gone has no keys to lead there from. All that is left lies on that side, so
 * it leads to that end of the list. A page that was walked backward is turned round when it is
 * complete. */
#include "lib/db/engine/result_page.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/db/engine/page_cursor.h"

/* The most bytes of keys that a request line can return at the default of limits.header, in base64
 * and with the rest of the request's head. */
enum { KEYS_MAX = 10 << 10 };

/* The most rows of one page, whatever the document allows. */
enum { PAGE_MAX = 100000 };

/* Writes the row's keys as an array. Returns the column whose value has no place in a cursor, or
 * NULL. */
static const char *put_keys(const struct plan_page *page, const struct row_shape *shape,
                            const struct cell *cells, struct buf *out)
{
    for (size_t i = 0; i < page->by_count; i++) {
        size_t at = shape->keys[i];

        if (at == shape->count || !cell_has_place(&cells[at]))
            return page->by[i];
        buf_putc(out, i ? ',' : '[');
        cell_put_key(out, &cells[at]);
    }
    buf_putc(out, ']');
    return out->len > KEYS_MAX ? page->by[0] : NULL;
}

static bool fail(struct db_job *job, const char *column)
{
    job->err = ERR_INTERNAL;
    snprintf(job->cause, sizeof(job->cause),
             "page.by: a value of the column %s is bytes, no UTF-8, infinite or too long, which no "
             "cursor holds",
             column);
    return false;
}

static int64_t limit_of(const struct db_job *job)
{
    const struct plan_page *page = &job->plan->page;
    const struct db_value *v = page->has_limit ? &job->values[page->limit] : NULL;

    if (!v || v->type != DB_INTEGER || v->integer <= 0)
        return page->limit_default;
    return v->integer < PAGE_MAX ? v->integer : PAGE_MAX;
}

void page_begin(struct result *r)
{
    r->limit = limit_of(r->job);
    r->is_backward = plan_is_backward(r->job->plan, r->job->values);
}

bool page_has_room(struct db_job *job)
{
    if ((int64_t)job->rows < job->plan->max_rows)
        return true;
    job->err = ERR_INTERNAL;
    snprintf(job->cause, sizeof(job->cause), "the list has more rows than max-rows: %lld allows",
             (long long)job->plan->max_rows);
    return false;
}

/* Returns where the cursor of the page goes that the walk would come to. */
static struct buf *ahead(struct result *r)
{
    return r->is_backward ? &r->job->previous : &r->job->next;
}

/* Returns where the cursor of the page goes that the walk comes from. */
static struct buf *behind(struct result *r)
{
    return r->is_backward ? &r->job->next : &r->job->previous;
}

bool page_take(struct result *r, const struct row_shape *shape, const struct cell *cells)
{
    struct db_job *job = r->job;
    const struct plan_page *page = &job->plan->page;
    const char *bad = NULL;

    assert(page->by_count && !page_is_full(r));
    if (!job->rows && page->has_previous && plan_has_keys(job->plan, job->values))
        bad = put_keys(page, shape, cells, behind(r));
    if (bad)
        return fail(job, bad);
    if ((int64_t)job->rows + 1 == r->limit)
        r->no_key = put_keys(page, shape, cells, ahead(r));
    if (r->is_backward)
        buf_put(&r->starts, &job->body.len, sizeof(job->body.len));
    return true;
}

/* Turns the order of the rows in the array round. The comma before a row is not part of it. */
static void turn_round(struct buf *body, const struct buf *starts)
{
    size_t n = starts->len / sizeof(size_t), end = body->len, first = end;
    struct buf out = {0};

    for (size_t i = n; i-- > 0; end = first - 1) {
        memcpy(&first, starts->data + i * sizeof(size_t), sizeof(size_t));
        buf_put(&out, body->data + first, end - first);
        if (i)
            buf_putc(&out, ',');
    }
    body->len = first;
    buf_put(body, out.data, out.len);
    buf_fini(&out);
}

void page_finish(struct result *r)
{
    struct db_job *job = r->job;

    if (!r->found && job->plan->page.has_previous && plan_has_keys(job->plan, job->values))
        buf_puts(behind(r), "[]");
    if ((int64_t)r->found <= r->limit)
        ahead(r)->len = 0;
    else if (r->no_key)
        fail(job, r->no_key);
    if (r->is_backward && r->starts.len)
        turn_round(&job->body, &r->starts);
}

bool page_must_count(struct result *r)
{
    struct db_job *job = r->job;

    assert(job->count_max >= 0 && job->count_max <= job->plan->page.count_max);
    if (!job->count_max)
        return false;
    if (plan_has_keys(job->plan, job->values) || (int64_t)r->found > r->limit)
        return true;
    /* It is the only page. */
    job->total = (int64_t)r->found < job->count_max ? (int64_t)r->found : job->count_max;
    return false;
}
