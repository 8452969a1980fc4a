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

bool http_json_check_media(const struct outbound_request *o, struct fault *fault)
{
    if (!o->status)
        return fault_set(fault, "%s", o->error);
    return media_is_json(slice_of(o->content_type)) || fault_set(fault, "the response is not JSON");
}

bool http_json_check(const struct outbound_request *o, struct fault *fault)
{
    if (o->status && o->status != 200)
        return fault_set(fault, "the response status is not 200");
    return http_json_check_media(o, fault);
}
