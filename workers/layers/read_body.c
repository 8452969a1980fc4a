/* SPDX-License-Identifier: MIT */
/* Decodes the body's content coding, and parses its bytes by its media type. */
#include "lib/core/inflate.h"
#include "lib/core/json/jread.h"
#include "lib/core/text/utf8.h"
#include "workers/request/form.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/layers/body_media.h"

/* Decompresses gzip (RFC 9110, 8.4.1.3). limits.body bounds the result too. */
static enum err unpack(struct request *r)
{
    struct slice coding = slice_trim(http_header_list(r, "content-encoding"));
    struct buf *plain;

    if (!coding.len || slice_is_nocase(coding, "identity"))
        return OK;
    plain = arena_buf(&r->arena);
    switch (inflate_gzip(r->raw_body, r->worker->limits.body_bytes, plain)) {
    case INFLATE_OK:
        r->raw_body = buf_slice(plain);
        return http_hold(r, plain->cap) ? OK : ERR_BUSY;
    case INFLATE_TOO_LARGE:
        return ERR_BODY_SIZE;
    case INFLATE_BAD:
        break;
    }
    return ERR_BAD_PACKING;
}

/* Opens the request's budget, which depends on the size of the body, and charges the body itself to
 * it. */
static bool open_budget(struct request *r)
{
    r->budget = budget_for(r->raw_body.len, &r->worker->limits.budget);
    return budget_take(&r->budget, r->raw_body.len);
}

static enum err read_json(struct request *r)
{
    struct jread_fault fault;

    if (jread_value(r->raw_body, r->worker->limits.depth, &r->budget, &r->body_arena, &r->body,
                    &fault))
        return OK;
    if (r->budget.end != BUDGET_ENOUGH)
        return request_overspent(r);
    violation_add(&r->violations, "body", "", "json", "%s, at line %u, column %u", fault.message,
                  fault.line, fault.col);
    return ERR_BAD_JSON;
}

static enum err read_text(struct request *r)
{
    if (!utf8_is_valid(r->raw_body.data, r->raw_body.len))
        return ERR_BAD_TEXT;
    r->body = jvalue_string(r->raw_body.len ? r->raw_body : SLICE_LIT(""));
    return OK;
}

static enum err read_by_kind(struct request *r)
{
    switch (r->media->kind) {
    case MEDIA_JSON:
    case MEDIA_MERGE_PATCH:
        return read_json(r);
    case MEDIA_FORM:
        return form_read(r);
    case MEDIA_MULTIPART:
        return form_read_multipart(r);
    case MEDIA_TEXT:
        return read_text(r);
    case MEDIA_BYTES:
        break;
    }
    return OK;
}

/* Returns whether there is no body. For some media types zero bytes are a value. */
static bool is_missing(struct request *r)
{
    bool is_value = r->media->kind == MEDIA_TEXT || r->media->kind == MEDIA_BYTES ||
                    r->media->kind == MEDIA_FORM;

    if (r->raw_body.len || is_value)
        return false;
    r->media = NULL;
    return true;
}

enum flow layer_read(struct request *r)
{
    enum err err;

    if (!r->media) /* none is accepted, or an empty body came without a type */
        return r->op->body_count && r->raw_body.len ? flow_fail(r, body_media_refuse(r))
                                                    : FLOW_NEXT;
    err = unpack(r);
    if (err == OK && !open_budget(r))
        err = request_overspent(r);
    if (err == OK && is_missing(r))
        err = r->op->is_body_required ? ERR_NO_BODY : OK;
    else if (err == OK)
        err = read_by_kind(r);
    return err == OK ? FLOW_NEXT : flow_fail(r, err);
}
