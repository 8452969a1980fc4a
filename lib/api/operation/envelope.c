/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/envelope.h"

#include <string.h>

#include "lib/db/engine/plan_page.h"

/* Puts `text` before what the buffer holds. */
static void prepend(struct buf *body, struct slice text)
{
    buf_reserve(body, text.len);
    memmove(body->data + text.len, body->data, body->len);
    memcpy(body->data, text.data, text.len);
    body->len += text.len;
}

static void put_cursor(struct buf *body, const char *key, struct slice cursor)
{
    buf_puts(body, ",\"");
    buf_puts(body, key);
    if (!cursor.data) {
        buf_puts(body, "\":null");
        return;
    }
    buf_puts(body, "\":\"");
    buf_put(body, cursor.data, cursor.len);
    buf_putc(body, '"');
}

void envelope_begin(enum envelope envelope, struct buf *body)
{
    if (envelope == ENVELOPE_ITEMS || envelope == ENVELOPE_PAGE)
        prepend(body, SLICE_LIT("{\"items\":"));
}

void envelope_end(enum envelope envelope, const struct plan_page *page, struct buf *body,
                  const struct envelope_parts *parts)
{
    if (envelope == ENVELOPE_PAGE)
        put_cursor(body, "next", parts->next);
    if (envelope == ENVELOPE_PAGE && page->has_previous)
        put_cursor(body, "previous", parts->previous);
    if (envelope == ENVELOPE_PAGE && parts->has_total)
        buf_printf(body, ",\"total\":%lld", (long long)parts->total);
    if (envelope == ENVELOPE_PAGE || envelope == ENVELOPE_ITEMS)
        buf_putc(body, '}');
}

void envelope_wrap(enum envelope envelope, const struct plan_page *page, struct buf *body,
                   const struct envelope_parts *parts)
{
    switch (envelope) {
    case ENVELOPE_NONE:
    case ENVELOPE_BARE:
        break;
    case ENVELOPE_ITEMS:
    case ENVELOPE_PAGE:
        envelope_begin(envelope, body);
        envelope_end(envelope, page, body, parts);
        break;
    case ENVELOPE_COUNT:
        body->len = 0;
        buf_printf(body, "{\"count\":%lld}", (long long)parts->changes);
        break;
    }
}
