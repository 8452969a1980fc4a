/* SPDX-License-Identifier: MIT */
/*
 * The input is a line with a Content-Type and, behind it, a body in multipart/form-data. Each part
 * lies in the body between two delimiters; what stands before the first and behind the last changes
 * nothing; and a body that is written of the parts has the same parts.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/api/request/media_type.h"
#include "lib/api/request/multipart.h"
#include "lib/core/buf.h"
#include "lib/core/text/utf8.h"

struct form {
    struct multipart_part *parts;
    size_t count;
};

static bool read_form(struct slice body, struct slice boundary, struct arena *arena,
                      struct form *out)
{
    struct fault fault = {0};

    if (multipart_read(body, boundary, arena, &out->parts, &out->count, &fault)) {
        assert(!fault_is_set(&fault) && out->count <= MULTIPART_PARTS_MAX);
        return true;
    }
    assert(fault_is_set(&fault) && fault.offset <= body.len);
    return false;
}

static bool is_same(struct slice a, struct slice b)
{
    return !a.data == !b.data && a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

static void check_same(const struct form *a, const struct form *b)
{
    assert(a->count == b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct multipart_part *p = &a->parts[i], *q = &b->parts[i];

        assert(is_same(p->name, q->name) && is_same(p->filename, q->filename));
        assert(is_same(p->type, q->type) && is_same(p->data, q->data));
    }
}

static void check_name(struct slice name)
{
    assert(!name.len || (utf8_is_valid(name.data, name.len) && !memchr(name.data, '\0', name.len)));
}

/* Behind the line that begins with "--boundary" at or after `at`; not one of them is left out. */
static const char *find_delimiter(struct slice body, const char *at, struct slice boundary)
{
    const char *end = body.data + body.len;

    for (; at < end; at++)
        if ((at == body.data || at[-1] == '\n' || at[-1] == '\r') && end - at > 2 &&
            memcmp(at, "--", 2) == 0 && (size_t)(end - at - 2) >= boundary.len &&
            memcmp(at + 2, boundary.data, boundary.len) == 0)
            return at + 2 + boundary.len;
    return NULL;
}

/* Each part ends where the next delimiter begins. */
static void check_parts(const struct form *form, struct slice body, struct slice boundary)
{
    const char *at = find_delimiter(body, body.data, boundary);

    assert(at);
    for (size_t i = 0; i < form->count; i++) {
        const struct multipart_part *p = &form->parts[i];

        check_name(p->name);
        check_name(p->filename);
        assert(p->name.data && p->type.len && fuzz_lies_in(p->data, body) && p->data.data > at);
        at = find_delimiter(body, at, boundary);
        assert(at == p->data.data + p->data.len + 4 + boundary.len); /* CRLF and "--" too */
        media_kind_of(p->type);
    }
}

/* As browsers do it (HTML, "multipart/form-data encoding algorithm"), and a backslash twice. */
static void write_name(struct buf *out, const char *parameter, struct slice name)
{
    buf_printf(out, "; %s=\"", parameter);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (c == '"' || c == '\r' || c == '\n')
            buf_printf(out, "%%%02X", (unsigned)c);
        else
            buf_put(out, c == '\\' ? "\\\\" : &c, c == '\\' ? 2 : 1);
    }
    buf_putc(out, '"');
}

static void write_form(const struct form *form, struct slice boundary, struct buf *out)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct multipart_part *p = &form->parts[i];

        buf_printf(out, "--%.*s\r\n", (int)boundary.len, boundary.data);
        buf_printf(out, "Content-Type: %.*s\r\n", (int)p->type.len, p->type.data);
        buf_puts(out, "Content-Disposition: form-data");
        write_name(out, "name", p->name);
        if (p->filename.data)
            write_name(out, "filename", p->filename);
        buf_puts(out, "\r\n\r\n");
        buf_put(out, p->data.data, p->data.len);
        buf_puts(out, "\r\n");
    }
    buf_printf(out, "--%.*s--", (int)boundary.len, boundary.data);
}

/* Returns true if a header that is written of a part may be longer than one may be. */
static bool is_long(const struct form *form)
{
    for (size_t i = 0; i < form->count; i++)
        if (form->parts[i].name.len + form->parts[i].filename.len + form->parts[i].type.len >
            MULTIPART_HEADER_BYTES_MAX / 4)
            return true;
    return false;
}

static void check_rewritten(const struct form *form, struct slice boundary, struct arena *arena)
{
    struct form again;
    struct buf text = {0};

    if (is_long(form))
        return;
    write_form(form, boundary, &text);
    assert(read_form(buf_slice(&text), boundary, arena, &again));
    check_same(form, &again);
    buf_fini(&text);
}

/* A preamble and an epilogue are not looked at (RFC 2046, 5.1.1). */
static void check_framed(const struct form *form, struct slice body, struct slice boundary,
                         struct arena *arena)
{
    struct form again;
    struct buf text = {0};

    buf_puts(&text, "preamble\r\n");
    buf_put(&text, body.data, body.len);
    buf_puts(&text, "\r\nepilogue");
    assert(read_form(buf_slice(&text), boundary, arena, &again));
    check_same(form, &again);
    buf_fini(&text);
}

static void read_input(struct slice type, struct slice body)
{
    struct arena arena = {0};
    struct slice boundary = multipart_boundary(type, &arena);
    struct form form;

    assert(!boundary.data || (boundary.len && boundary.len <= MULTIPART_BOUNDARY_MAX));
    if (boundary.data && read_form(body, boundary, &arena, &form)) {
        check_parts(&form, body, boundary);
        check_framed(&form, body, boundary, &arena);
        check_rewritten(&form, boundary, &arena);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice body = {(const char *)data, size}, type = fuzz_line(&body);
    char *first = fuzz_copy(type), *second = fuzz_copy(body);

    read_input((struct slice){first, type.len}, (struct slice){second, body.len});
    free(first);
    free(second);
    return 0;
}
