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

enum flow layer_request_id(struct request *r)
{
    struct slice sent = r->is_trusted ? http_header(r, "x-request-id") : (struct slice){0};

    if (is_plain(sent))
        memcpy(r->id, sent.data, sent.len);
    else
        uuid_v7(r->id);
    return r->head_err ? pipeline_fail(r, r->head_err) : FLOW_NEXT;
}
