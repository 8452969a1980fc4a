/* SPDX-License-Identifier: MIT */
#include "workers/outbound/http_json.h"

#include <assert.h>

#include "lib/api/request/media_type.h"

enum completion http_json_submit(struct worker *w, struct outbound_request *o)
{
    struct outbound_header headers[HTTP_JSON_HEADERS + 1];
    const struct outbound_header *own = o->headers;
    enum completion completion;

    assert(o->header_count <= HTTP_JSON_HEADERS);
    if (o->header_count)
        memcpy(headers, own, o->header_count * sizeof(*headers));
    headers[o->header_count++] = (struct outbound_header){"Accept", "application/json"};
    o->headers = headers; /* outbound_submit() copies them */
    completion = outbound_submit(w, o);
    o->headers = NULL;
    o->header_count = 0;
    return completion;
}

const char *http_json_media_fault(const struct outbound_request *o)
{
    if (!o->status)
        return o->error;
    return media_is_json(slice_of(o->content_type)) ? NULL : "the response is not JSON";
}

const char *http_json_fault(const struct outbound_request *o)
{
    if (o->status && o->status != 200)
        return "the response status is not 200";
    return http_json_media_fault(o);
}
