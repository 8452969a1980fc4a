/* SPDX-License-Identifier: MIT */
/*
 * Every response passes complete_head(), so that headers that each must have are added in one
 * place: Vary, Deprecation, the request id, Cache-Control, rate limits, and what browsers are to
 * refuse. A handler that has set its own Cache-Control or Content-Security-Policy keeps it. The
 * assert on r->status enforces that a request is answered once. The body's value is freed before
 * the answer is sent, because a client may take its time.
 */
#include "workers/request/reply.h"

#include <assert.h>

#include "workers/http/http.h"
#include "workers/request/places.h"
#include "workers/request/problem.h"
#include "workers/request/rates.h"

void reply_header(struct request *r, const char *name, struct slice value)
{
    assert(name && r->header_count < REQUEST_HEADERS_MAX);
    r->headers[r->header_count++] = (struct reply_header){name, value};
}

/* Returns the value of a header that was added; data is NULL if there is none. */
static struct slice added_header(const struct request *r, const char *name)
{
    for (size_t i = 0; i < r->header_count; i++) {
        const char *added = r->headers[i].name;

        if (*added == *name && strcmp(added, name) == 0)
            return r->headers[i].value;
    }
    return (struct slice){NULL, 0};
}

/* Returns whether to compress: text of sufficient length, without a strong entity tag, which
 * identifies the exact bytes (RFC 9110, 8.8.3.3). `type` is NULL for that of Content-Type. */
static bool is_worth_packing(const struct request *r, const char *type, size_t len)
{
    struct slice etag;

    if (len < r->worker->limits.compress_bytes)
        return false;
    etag = added_header(r, "etag");
    return (!etag.len || *etag.data == 'W') &&
           media_is_text(type ? slice_of(type) : added_header(r, "content-type"));
}

/* Adds Vary: the request headers that the answer depends on. */
static void add_vary(struct request *r)
{
    static const char *const lists[2][2] = {{NULL, "accept-encoding"},
                                            {"origin", "origin, accept-encoding"}};
    bool has_origin = r->worker->cors && r->listener->serve & SERVE_API;
    const char *list = lists[has_origin][r->is_packed];

    if (r->is_preflight)
        list = "origin, access-control-request-method, access-control-request-headers";
    else if (r->op && r->op->plan && r->op->plan->page.count_max)
        list = arena_printf(&r->arena, "%s%sprefer", list ? list : "", list ? ", " : "");
    if (list)
        reply_header(r, "vary", slice_of(list));
}

/* Adds the headers that make browsers refuse misuse, unless the handler has set its own. */
static void add_protection(struct request *r)
{
    const struct worker_protection *p = &r->worker->protection;

    reply_header(r, "x-content-type-options", SLICE_LIT("nosniff"));
    if (!p->is_on)
        return;
    reply_header(r, "referrer-policy", SLICE_LIT("no-referrer"));
    reply_header(r, "cross-origin-resource-policy",
                 r->is_cross_origin ? SLICE_LIT("cross-origin") : SLICE_LIT("same-origin"));
    if (!added_header(r, "content-security-policy").data)
        reply_header(r, "content-security-policy",
                     SLICE_LIT("default-src 'none'; frame-ancestors 'none'"));
    if (p->hsts.len && strcmp(r->scheme, "https") == 0)
        reply_header(r, "strict-transport-security", p->hsts);
}

/* Adds the headers of every answer. `type` (NULL for that of Content-Type) and `len` are those of
 * its body, or of the one that it stands for. */
static void complete_head(struct request *r, int status, const char *type, size_t len)
{
    assert(r->status == 0 && status >= 200 && status < 600);
    r->status = status;
    r->is_packed = is_worth_packing(r, type, len);
    add_vary(r);
    if (r->op && r->op->is_deprecated)
        reply_header(r, "deprecation", SLICE_LIT("@0")); /* RFC 9745; date unknown */
    if (r->op && r->op->sunset)
        reply_header(r, "sunset", slice_of(r->op->sunset));
    reply_header(r, "x-request-id", slice_of(r->id));
    if (!added_header(r, "cache-control").data)
        reply_header(r, "cache-control",
                     added_header(r, "etag").len && !r->identity ? SLICE_LIT("private, no-cache")
                                                                 : SLICE_LIT("no-store"));
    rates_reply(r);
    add_protection(r);
    request_drop_body(r); /* a slow reader must not keep it in memory */
}

static void send_body(struct request *r, int status, struct slice body)
{
    places_release(r);
    r->bytes = body.len;
    complete_head(r, status, NULL, body.len);
    http_send(r, body);
}

/* Keeps the operation's place, because a thread reads the rows until the end. */
void reply_stream(struct request *r)
{
    const char *type = reply_type(r);

    reply_header(r, "content-type", slice_of(type));
    complete_head(r, r->op->status, type, REPLY_LONG);
    http_stream_begin(r);
}

const char *reply_type(const struct request *r)
{
    return r->op->response_type ? r->op->response_type : "application/json";
}

void reply_text(struct request *r, int status, const char *type, struct slice body)
{
    reply_header(r, "content-type", slice_of(type));
    send_body(r, status, body);
}

void reply_json(struct request *r, int status, struct slice body)
{
    reply_text(r, status, "application/json", body);
}

void reply_empty(struct request *r, int status)
{
    send_body(r, status, (struct slice){"", 0});
}

void reply_not_modified(struct request *r, const char *type, size_t len)
{
    places_release(r);
    complete_head(r, 304, type, len);
    r->is_packed = false;
    http_send(r, (struct slice){"", 0});
}

static void add_error_headers(struct request *r, enum err err, const char *type)
{
    struct buf *allow;

    reply_header(r, "content-type", slice_of(type));
    if (err_status(err) == 503)
        reply_header(r, "retry-after",
                     slice_of(arena_printf(&r->arena, "%u",
                                           r->job.retry_after_s ? r->job.retry_after_s : 1)));
    if (err != ERR_METHOD)
        return;
    allow = arena_buf(&r->arena);
    http_allow(r->route.allowed, allow);
    reply_header(r, "allow", buf_slice(allow));
}

void reply_problem(struct request *r, enum err err, const struct plan_else *answer,
                   const char *keyword)
{
    static const struct plan_else none;
    struct request_error error = {err, answer ? answer : &none, keyword, err_status(err)};
    struct buf *body = arena_buf(&r->arena);

    assert(err != OK);
    if (!r->reason)
        r->reason = reason_of(err);
    if (error.answer->status)
        error.status = error.answer->status;
    add_error_headers(r, err, problem_write(r, &error, body));
    send_body(r, error.status, buf_slice(body));
}

void reply_error(struct request *r, enum err err)
{
    reply_problem(r, err, NULL, NULL);
}
