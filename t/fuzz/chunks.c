/* SPDX-License-Identifier: MIT */
/*
 * The input is a body in the chunked coding and what follows it, after a byte that says how long
 * the pieces are that it comes in. One piece, several and single bytes mean the same, every byte is
 * content, framing or the rest, and the content is decoded again from chunks that are made of it.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/buf.h"
#include "workers/http/parse/chunked.h"

/* What was decoded: `used` bytes were the body's. */
struct reading {
    struct buf content;
    size_t used;
    ssize_t result;
};

/* Decodes the next `text`, and checks that what it leaves is its end. */
static void decode(struct reading *r, struct chunked *c, struct slice text)
{
    char *copy = fuzz_copy(text);
    size_t len = text.len, rest;

    r->result = chunked_decode(c, copy, &len);
    rest = r->result > 0 ? (size_t)r->result : 0;
    assert(r->result >= CHUNKED_INCOMPLETE && len + rest <= text.len);
    assert(memcmp(copy + len, text.data + text.len - rest, rest) == 0);
    buf_put(&r->content, copy, len);
    r->used += text.len - rest;
    free(copy);
}

/* Decodes `text`, `piece` bytes at a time. */
static struct reading read_body(struct slice text, size_t piece)
{
    struct reading r = {.result = CHUNKED_INCOMPLETE};
    struct chunked c = {0};

    for (size_t at = 0, n; at < text.len && r.result == CHUNKED_INCOMPLETE; at += n) {
        n = piece < text.len - at ? piece : text.len - at;
        decode(&r, &c, (struct slice){text.data + at, n});
    }
    if (r.result == CHUNKED_BAD) { /* for good */
        size_t len = 1;

        assert(chunked_decode(&c, (char[]){'0'}, &len) == CHUNKED_BAD && !len);
    }
    return r;
}

static bool is_same_content(const struct reading *a, const struct reading *b)
{
    return a->content.len == b->content.len &&
           (!a->content.len || memcmp(a->content.data, b->content.data, a->content.len) == 0);
}

static void check_pieces(const struct reading *whole, struct slice text, size_t piece)
{
    struct reading parts = read_body(text, piece);

    assert((parts.result < 0) == (whole->result < 0) && is_same_content(whole, &parts));
    assert(parts.result < 0 ? parts.result == whole->result : parts.used == whole->used);
    buf_fini(&parts.content);
}

/* All but the last byte is not the whole. */
static void check_shorter(const struct reading *whole, struct slice text)
{
    struct reading part;

    assert(whole->used >= whole->content.len + 5); /* "0" and two ends of lines, at least */
    part = read_body((struct slice){text.data, whole->used - 1}, whole->used);
    assert(part.result == CHUNKED_INCOMPLETE && is_same_content(whole, &part));
    buf_fini(&part.content);
}

/* With all that is read and dropped: extensions, and a trailer. */
static void check_rewritten(const struct reading *r, size_t chunk)
{
    struct reading again;
    struct buf text = {0};

    for (size_t at = 0, n; at < r->content.len; at += n) {
        n = chunk < r->content.len - at ? chunk : r->content.len - at;
        buf_printf(&text, "%zx;a=b;c=\"d\\\"e\\\\\";f\r\n", n);
        buf_put(&text, r->content.data + at, n);
        buf_puts(&text, "\r\n");
    }
    buf_puts(&text, "0\r\na: b\r\n\r\n");
    again = read_body(buf_slice(&text), text.len);
    assert(again.result == 0 && again.used == text.len && is_same_content(r, &again));
    buf_fini(&again.content);
    buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data + 1, size - 1};
    struct reading whole;

    if (size < 2)
        return 0;
    whole = read_body(text, text.len);
    check_pieces(&whole, text, data[0] + 1U);
    check_pieces(&whole, text, 1);
    check_rewritten(&whole, data[0] + 1U);
    if (whole.result >= 0)
        check_shorter(&whole, text);
    buf_fini(&whole.content);
    return 0;
}
