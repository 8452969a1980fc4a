/* SPDX-License-Identifier: MIT */
#include "workers/request/answer.h"

#include <assert.h>

#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/core/log.h"
#include "workers/request/reply.h"
#include "workers/request/check_response.h"

enum { BODY_DEPTH = 512 }; /* nesting limit of an answer that is parsed again */

struct budget answer_budget(struct slice body)
{
    return budget_for(body.len, &(struct budget_limits){.values = body.len, .bytes = SIZE_MAX});
}

/* Removes writeOnly members from the body, in columns of JSON text too. Returns false if some may
 * be left. */
static bool strip_hidden(const struct request *r, struct buf *body)
{
    struct jread_fault fault = {.message = "takes too many steps to inspect"};
    struct budget budget = answer_budget(buf_slice(body));
    struct arena arena = {0};
    struct buf text = {0};
    struct jvalue value;
    bool ok = jread_value(buf_slice(body), BODY_DEPTH, &budget, &arena, &value, &fault) &&
              schema_strip(r->op->response, &value, &budget) &&
              jvalue_write(&text, &value, &budget);

    if (ok) {
        body->len = 0;
        buf_put(body, text.data, text.len);
    } else {
        log_error("response.unstripped", "operation=%s cause=\"%s\" id=%s", r->op->id,
                  fault.message, r->id);
    }
    buf_fini(&text);
    arena_fini(&arena);
    return ok;
}

bool answer_is_judged(const struct request *r)
{
    return r->op->response && (r->op->strips || r->worker->is_strict);
}

bool answer_accept(const struct request *r, struct buf *body)
{
    return (!r->op->strips || strip_hidden(r, body)) &&
           (!r->worker->is_strict || check_response(r, buf_slice(body)));
}

void answer_json(struct request *r, struct slice body)
{
    assert(r->op && r->status == 0);
    reply_text(r, r->op->status, reply_type(r), body);
}

void answer_refused(struct request *r)
{
    r->header_count = 0; /* Location and ETag belong to the success */
    reply_error(r, ERR_BAD_RESPONSE);
}

static bool has_no_body(const struct request *r)
{
    return r->op->status == 204 || r->op->status == 205;
}

bool answer_prepare(struct request *r, struct json_object *value, struct slice *text)
{
    struct buf *out = arena_buf(&r->arena);
    bool ok;

    assert(r->op && r->status == 0);
    jwrite_value(out, value);
    json_object_put(value);
    ok = has_no_body(r) || answer_accept(r, out);
    *text = buf_slice(out);
    return ok;
}

void answer_prepared(struct request *r, struct slice text)
{
    if (has_no_body(r))
        reply_empty(r, r->op->status);
    else
        answer_json(r, text);
}

void answer_value(struct request *r, struct json_object *value)
{
    struct slice text;

    if (answer_prepare(r, value, &text))
        answer_prepared(r, text);
    else
        answer_refused(r);
}
