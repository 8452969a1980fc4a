/* SPDX-License-Identifier: MIT */
#include "workers/http/http.h"
#include "workers/layers/layers.h"

static bool is_plain(struct slice id)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:";

    for (size_t i = 0; i < id.len; i++)
        if (!memchr(allowed, id.data[i], sizeof(allowed) - 1))
            return false;
    return id.len > 0 && id.len <= REQUEST_ID_MAX;
}

static bool is_lower_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Takes the trace id of traceparent (W3C Trace Context, 3.2): version "-" trace id "-" parent id
 * "-" flags, in lower-case hex. */
static void take_trace(struct request *r)
{
    struct slice sent = http_header(r, "traceparent");
    size_t zeros;

    if (sent.len < 55 || sent.data[2] != '-' || sent.data[35] != '-' || sent.data[52] != '-' ||
        memcmp(sent.data, "ff", 2) == 0 || (sent.len > 55 && memcmp(sent.data, "00", 2) == 0) ||
        (sent.len > 55 && sent.data[55] != '-'))
        return;
    for (size_t i = 0; i < 55; i++)
        if (i != 2 && i != 35 && i != 52 && !is_lower_hex(sent.data[i]))
            return;
    for (zeros = 0; zeros < TRACE_ID && sent.data[3 + zeros] == '0'; zeros++)
        ;
    if (zeros < TRACE_ID)
        memcpy(r->trace, sent.data + 3, TRACE_ID);
}

enum flow layer_request_id(struct request *r)
{
    struct slice sent = r->is_trusted ? http_header(r, "x-request-id") : (struct slice){0};

    if (is_plain(sent))
        memcpy(r->id, sent.data, sent.len);
    else
        uuid_v7(r->id);
    take_trace(r);
    return FLOW_NEXT;
}
