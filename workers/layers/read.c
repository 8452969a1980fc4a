/* SPDX-License-Identifier: MIT */
/* The body: its coding is undone, its media type found among those that the operation takes, and
 * its bytes read as that. */
#include "lib/core/inflate.h"
#include "lib/core/jread.h"
#include "lib/core/utf8.h"
#include "workers/form.h"
#include "workers/http/http.h"
#include "workers/layers/layers.h"
#include "workers/reply.h"

static void free_buf(void *buf)
{
    buf_fini(buf);
}

/* Undoes gzip (RFC 9110, 8.4.1.3); limits.body holds for what comes out too. */
static enum err unpack(struct request *r)
{
    struct slice coding = slice_trim(http_header_list(r, "content-encoding"));
    struct buf *plain;

    if (!coding.len || slice_is_nocase(coding, "identity"))
        return OK;
    if (!slice_is_nocase(coding, "gzip") && !slice_is_nocase(coding, "x-gzip")) {
        reply_header(r, "accept-encoding", SLICE_LIT("gzip")); /* RFC 9110, 12.5.3 */
        return ERR_CONTENT_CODING;
    }
    plain = arena_zalloc(&r->arena, sizeof(*plain));
    arena_defer(&r->arena, free_buf, plain);
    switch (inflate_gzip(r->raw_body, r->worker->limits.body_bytes, plain)) {
    case INFLATE_OK:
        r->raw_body = buf_slice(plain);
        return OK;
    case INFLATE_TOO_LARGE:
        return ERR_BODY_SIZE;
    case INFLATE_BAD:
        break;
    }
    return ERR_BAD_PACKING;
}

/* From here on the request may cost what its body allows, which itself is the first of it. */
static bool open_budget(struct request *r)
{
    r->budget = budget_for(r->raw_body.len, &r->worker->limits.budget);
    return budget_take(&r->budget, r->raw_body.len);
}

/* JSON and text are UTF-8 here (RFC 8259, 8.1). */
static bool is_utf8(struct slice type)
{
    slice_cut(&type, ';');
    while (type.len) {
        struct slice value = slice_trim(slice_cut(&type, ';')), name = slice_cut(&value, '=');

        if (!slice_is_nocase(slice_trim(name), "charset"))
            continue;
        return slice_is_nocase(value, "utf-8") || slice_is_nocase(value, "\"utf-8\"") ||
               slice_is_nocase(value, "us-ascii");
    }
    return true;
}

/* The most exact of those that fit, wherever it stands. */
static const struct body_media *find_media(const struct request *r, struct slice type)
{
    const struct body_media *best = NULL;

    for (size_t i = 0; i < r->op->body_count; i++) {
        const struct body_media *m = &r->op->bodies[i];

        if (media_is_in_range(type, slice_of(m->type)) &&
            (!best || media_exactness(slice_of(m->type)) > media_exactness(slice_of(best->type))))
            best = m;
    }
    return best && (best->kind == MEDIA_BYTES || is_utf8(type)) ? best : NULL;
}

/* Says what would be taken (W3C LDP, 7.1.2: Accept-Post; RFC 5789, 3.1: Accept-Patch). */
static enum err refuse_media(struct request *r)
{
    const char *list = "";

    for (size_t i = 0; i < r->op->body_count; i++)
        list = arena_printf(&r->arena, "%s%s%s", list, i ? ", " : "", r->op->bodies[i].type);
    if (r->op->method == METHOD_POST)
        reply_header(r, "accept-post", slice_of(list));
    else if (r->op->method == METHOD_PATCH)
        reply_header(r, "accept-patch", slice_of(list));
    return ERR_MEDIA_TYPE;
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

/* No bytes are a value of some media types; of the others they are no body. */
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

    if (!r->op->body_count)
        return FLOW_NEXT; /* what an operation does not take is not looked at */
    if (!r->raw_body.len && !http_header(r, "content-type").len)
        return r->op->is_body_required ? pipeline_fail(r, ERR_NO_BODY) : FLOW_NEXT;
    err = unpack(r);
    if (err == OK && !open_budget(r))
        err = request_overspent(r);
    if (err == OK && !(r->media = find_media(r, http_header_list(r, "content-type"))))
        err = refuse_media(r);
    if (err == OK && is_missing(r))
        err = r->op->is_body_required ? ERR_NO_BODY : OK;
    else if (err == OK)
        err = read_by_kind(r);
    return err == OK ? FLOW_NEXT : pipeline_fail(r, err);
}
