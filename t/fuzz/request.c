/* SPDX-License-Identifier: MIT */
/*
 * The input is a byte that selects where to cut, then requests with their bodies. They must mean
 * the same in one piece and in two, respect the limits, and yield no body longer than what was
 * sent.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/buf.h"
#include "workers/http/parse/body.h"

enum { HEAD_LIMIT = 1024, BODY_LIMIT = 300 };

/* A connection: the unused input, and the results so far. */
struct reader {
    char *data;
    size_t len, head_len;
    bool has_head, is_over;
    struct body body;
    struct buf content, said;
};

static void say_head(struct reader *r, const struct head *h)
{
    buf_printf(&r->said, "\n%d %.*s %.*s 1.%d %d %d:", (int)h->err, (int)h->method.len,
               h->method.data, (int)h->target.len, h->target.data, h->minor_version,
               (int)h->is_persistent, (int)h->expectation);
    for (size_t i = 0; i < h->field_count; i++)
        buf_printf(&r->said, "%.*s=%.*s;", (int)h->fields[i].name.len, h->fields[i].name.data,
                   (int)h->fields[i].value.len, h->fields[i].value.data);
}

static void drop(struct reader *r, size_t len)
{
    assert(len <= r->len);
    memmove(r->data, r->data + len, r->len - len);
    r->len -= len;
}

/* Takes a head. Returns false if more input is needed. */
static bool take_head(struct reader *r)
{
    static struct head head;
    int n = head_parse(r->data, r->len, HEAD_LIMIT, &head);

    if (n == HEAD_INCOMPLETE) {
        assert(r->len < HEAD_LIMIT);
        return false;
    }
    assert(n > 0 && (size_t)n <= r->len && (head.err || n <= HEAD_LIMIT));
    if (head.err) {
        buf_printf(&r->said, "\nrefused: %d", (int)head.err);
        r->is_over = true;
        return false;
    }
    say_head(r, &head);
    drop(r, (size_t)n);
    r->has_head = head.framing != FRAMING_NONE;
    if (r->has_head)
        body_init(&r->body, head.framing, head.content_length, BODY_LIMIT);
    r->is_over = r->has_head && r->body.state != BODY_MORE;
    return !r->is_over;
}

static bool take_body(struct reader *r)
{
    size_t len = r->len, rest = 0;
    enum body_state state = body_decode(&r->body, r->data, &len, &rest);

    assert(len + rest <= r->len);
    r->len = len + rest;
    if (state == BODY_TOO_LARGE || state == BODY_MALFORMED) {
        buf_printf(&r->said, "\nbroken: %d", (int)state);
        r->is_over = true;
        return false;
    }
    assert(r->body.size <= BODY_LIMIT && (state == BODY_WHOLE || !rest));
    buf_put(&r->content, r->data, len);
    drop(r, len);
    r->has_head = state == BODY_MORE;
    if (state == BODY_WHOLE) {
        buf_put(&r->said, r->content.data, r->content.len);
        r->content.len = 0;
    }
    return state == BODY_WHOLE;
}

/* Feeds an exact-size copy, so that a sanitizer finds an overrun. */
static void feed(struct reader *r, const uint8_t *data, size_t len)
{
    char *more = malloc(r->len + len + 1);

    memcpy(more, r->data, r->len);
    memcpy(more + r->len, data, len);
    free(r->data);
    r->data = realloc(more, r->len + len + !(r->len + len));
    r->len += len;
    while (!r->is_over && r->len && (r->has_head ? take_body(r) : take_head(r)))
        ;
}

static struct buf read_all(const uint8_t *data, size_t size, size_t cut)
{
    struct reader r = {.data = malloc(1)};

    feed(&r, data, cut);
    feed(&r, data + cut, size - cut);
    free(r.data);
    buf_fini(&r.content);
    return r.said;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole, parts;

    if (size < 2)
        return 0;
    whole = read_all(data + 1, size - 1, 0);
    parts = read_all(data + 1, size - 1, data[0] % size);
    assert(whole.len == parts.len && (!whole.len || !memcmp(whole.data, parts.data, whole.len)));
    buf_fini(&whole);
    buf_fini(&parts);
    return 0;
}
