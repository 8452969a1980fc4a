/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/envelope.h"

#include <string.h>

/* Puts `text` before what the buffer holds. */
static void prepend(struct buf *body, struct slice text)
{
    buf_reserve(body, text.len);
    memmove(body->data + text.len, body->data, body->len);
    memcpy(body->data, text.data, text.len);
    body->len += text.len;
}

void envelope_wrap(enum envelope envelope, struct buf *body, struct slice next, int64_t changes)
{
    switch (envelope) {
    case ENVELOPE_NONE:
    case ENVELOPE_BARE:
        break;
    case ENVELOPE_ITEMS:
        prepend(body, SLICE_LIT("{\"items\":"));
        buf_putc(body, '}');
        break;
    case ENVELOPE_PAGE:
        prepend(body, SLICE_LIT("{\"items\":"));
        if (next.data)
            buf_printf(body, ",\"next\":\"%.*s\"}", (int)next.len, next.data);
        else
            buf_puts(body, ",\"next\":null}");
        break;
    case ENVELOPE_COUNT:
        body->len = 0;
        buf_printf(body, "{\"count\":%lld}", (long long)changes);
        break;
    }
}
