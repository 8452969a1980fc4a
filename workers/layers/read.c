/* SPDX-License-Identifier: MIT */
#include "lib/core/jread.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"

static bool is_json(struct slice type)
{
    struct slice media = slice_trim(slice_cut(&type, ';'));

    return slice_is_nocase(media, "application/json") ||
           (media.len > 5 && strncasecmp(media.data + media.len - 5, "+json", 5) == 0);
}

enum flow layer_read(struct request *r)
{
    struct jread_fault fault;

    if (!r->op->body)
        return FLOW_NEXT; /* what an operation does not take is not looked at */
    if (!r->raw_body.len)
        return r->op->is_body_required ? pipeline_fail(r, ERR_NO_BODY) : FLOW_NEXT;
    if (!is_json(http_header(r, "content-type")))
        return pipeline_fail(r, ERR_MEDIA_TYPE);
    if (!jread_text(r->raw_body.data, r->raw_body.len, r->worker->limits.depth, NULL, &r->body,
                    &fault)) {
        violation_add(&r->violations, "body", "", "json", "%s, at line %u, column %u",
                      fault.message, fault.line, fault.col);
        return pipeline_fail(r, ERR_BAD_JSON);
    }
    r->has_body = true;
    return FLOW_NEXT;
}
