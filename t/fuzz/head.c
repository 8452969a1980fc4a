/* SPDX-License-Identifier: MIT */
/*
 * The input is the head of an HTTP/1 request, after a byte that says where it is cut off. What is
 * read lies in the input, and a head that is written of it, in either form of the target, is read
 * as the same. More bytes take no refusal back, and no part of a whole head is whole.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/buf.h"
#include "workers/http/parse/head.h"

enum { LIMIT = 1024 };

/* A head, and the bytes that it lies in. */
struct reading {
    struct head head;
    char *bytes;
    int result;
};

static void read_head(struct reading *r, struct slice text, size_t limit)
{
    r->bytes = fuzz_copy(text);
    r->result = head_parse(r->bytes, text.len, limit, &r->head);
    if (r->result == HEAD_INCOMPLETE)
        assert(text.len < limit);
    else
        assert(r->result > 0 && (size_t)r->result <= text.len &&
               (!r->head.err || (size_t)r->result == text.len));
}

static bool is_whole(const struct reading *r)
{
    return r->result != HEAD_INCOMPLETE && !r->head.err;
}

static bool is_same(struct slice a, struct slice b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

static bool is_same_head(const struct head *a, const struct head *b)
{
    bool is = is_same(a->method, b->method) && is_same(a->target, b->target) &&
              a->minor_version == b->minor_version && a->field_count == b->field_count &&
              a->framing_field == b->framing_field && a->framing == b->framing &&
              a->expectation == b->expectation && a->is_persistent == b->is_persistent &&
              (a->framing != FRAMING_LENGTH || a->content_length == b->content_length);

    for (size_t i = 0; is && i < a->field_count; i++)
        is = is_same(a->fields[i].name, b->fields[i].name) &&
             is_same(a->fields[i].value, b->fields[i].value);
    return is;
}

/* Nothing lies outside of the head, nothing can end a line, and framing is what a field says. */
static void check_parts(const struct reading *r)
{
    struct slice all = {r->bytes, (size_t)r->result};
    const struct head *h = &r->head;

    assert(r->result >= 4 && r->result <= LIMIT);
    assert(memcmp(r->bytes + r->result - 4, "\r\n\r\n", 4) == 0);
    assert(h->method.len && fuzz_lies_in(h->method, all) && fuzz_lies_in(h->target, all));
    assert(h->target.len && (h->target.data[0] == '/' || slice_is(h->target, "*")));
    assert(h->field_count <= HEAD_FIELDS_MAX && h->framing_field < (int)h->field_count);
    assert(h->framing == FRAMING_NONE || h->framing_field >= 0);
    for (size_t i = 0; i < h->field_count; i++) {
        struct slice name = h->fields[i].name, value = h->fields[i].value;

        assert(name.len && fuzz_lies_in(name, all) && fuzz_lies_in(value, all));
        assert(is_same(slice_trim(value), value) && !memchr(value.data, '\0', value.len) &&
               !memchr(value.data, '\r', value.len) && !memchr(value.data, '\n', value.len));
    }
}

static bool is_host(const struct head_field *field)
{
    return slice_is_nocase(field->name, "host");
}

/* Writes the target as it is or, where an `authority` is given, in its absolute form: then Host is
 * to be ignored (RFC 9112, 3.2.2). */
static void write_head(const struct head *h, struct slice authority, struct buf *out)
{
    buf_printf(out, "%.*s %s%.*s%.*s HTTP/1.%d\r\n", (int)h->method.len, h->method.data,
               authority.len ? "http://" : "", (int)authority.len, authority.data,
               (int)h->target.len, h->target.data, h->minor_version);
    for (size_t i = 0; i < h->field_count; i++) {
        const struct head_field *f = &h->fields[i];
        struct slice value = authority.len && is_host(f) ? SLICE_LIT("ignored") : f->value;

        buf_put(out, f->name.data, f->name.len);
        buf_putc(out, ':');
        buf_put(out, value.data, value.len);
        buf_puts(out, "\r\n");
    }
    buf_puts(out, "\r\n");
}

/* It may have grown: the authority of an absolute target stands in Host too. */
static void check_rewritten(const struct head *head, struct slice authority)
{
    static struct reading again;
    struct buf text = {0};

    write_head(head, authority, &text);
    read_head(&again, buf_slice(&text), 3 * LIMIT);
    assert(is_whole(&again) && (size_t)again.result == text.len);
    assert(is_same_head(head, &again.head));
    free(again.bytes);
    buf_fini(&text);
}

static void check_forms(const struct head *head)
{
    check_rewritten(head, (struct slice){"", 0});
    for (size_t i = 0; head->target.data[0] == '/' && i < head->field_count; i++)
        if (is_host(&head->fields[i]))
            check_rewritten(head, head->fields[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading whole, part;
    struct slice text = {(const char *)data + 1, size - 1};
    size_t cut;

    if (size < 2)
        return 0;
    read_head(&whole, text, LIMIT);
    cut = (size_t)data[0] * text.len / 256;
    read_head(&part, (struct slice){text.data, cut}, LIMIT);
    if (is_whole(&part))
        assert(is_whole(&whole) && whole.result == part.result &&
               is_same_head(&whole.head, &part.head));
    else if (part.result != HEAD_INCOMPLETE)
        assert(whole.head.err == part.head.err);
    if (is_whole(&whole)) {
        assert((size_t)whole.result <= cut || part.result == HEAD_INCOMPLETE);
        check_parts(&whole);
        check_forms(&whole.head);
    }
    free(whole.bytes);
    free(part.bytes);
    return 0;
}
