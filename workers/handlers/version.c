/* SPDX-License-Identifier: MIT */
#include "workers/handlers/version.h"

#include "lib/core/text/etag.h"
#include "lib/core/log.h"
#include "workers/http/http.h"
#include "workers/request/reply.h"

struct slice version_asked(const struct request *r)
{
    struct slice header = slice_trim(http_header(r, "if-match"));

    return header.len >= 2 ? (struct slice){header.data + 1, header.len - 2}
                           : (struct slice){NULL, 0};
}

enum err version_check(struct request *r)
{
    struct slice header = slice_trim(http_header(r, "if-match"));

    if (r->op->if_match == IF_MATCH_IGNORED)
        return OK;
    if (!header.len)
        return r->op->if_match == IF_MATCH_REQUIRED ? ERR_PRECONDITION_REQUIRED : OK;
    if (header.len > 2 && memcmp(header.data, "W/", 2) == 0)
        return ERR_PRECONDITION;
    if (slice_is(header, "*") || etag_is_strong(header))
        return OK;
    return ERR_BAD_ETAG;
}

bool version_answer(struct request *r)
{
    const struct buf *version = &r->job.etag;
    struct slice tag = slice_of(
        arena_printf(&r->arena, "\"%.*s\"", (int)version->len, version->len ? version->data : ""));

    if (!etag_is_strong(tag)) {
        log_error("etag.invalid", "operation=%s id=%s", r->op->id, r->id);
        return false;
    }
    reply_header(r, "etag", tag);
    if ((r->method != METHOD_GET && r->method != METHOD_HEAD) ||
        !http_header(r, "if-none-match").len ||
        !etag_is_listed(http_header_list(r, "if-none-match"), tag))
        return false;
    reply_empty(r, 304);
    return true;
}
