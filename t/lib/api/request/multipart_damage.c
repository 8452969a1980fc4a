/* SPDX-License-Identifier: MIT */
/* Multipart bodies at the limits, truncated, damaged at random, and made to be slow. */
#include "lib/api/request/multipart.h"

#include <stdint.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/core/text/utf8.h"
#include "t/workers/request/form.h"

static bool accepts_parts(size_t count)
{
    struct buf body = {0};
    struct form f;
    bool ok;

    for (size_t i = 0; i < count; i++)
        buf_puts(&body, "--B\r\n" A "\r\n");
    buf_puts(&body, "--B--");
    ok = form_read(&f, body.data, body.len, "B");
    cr_expect(ok ? f.count == count : strstr(f.fault.text, "too many") != NULL);
    form_free(&f);
    buf_fini(&body);
    return ok;
}

/* Returns whether a part is accepted whose header, with the empty line, has `len` bytes. */
static bool accepts_header_of(size_t len)
{
    struct buf body = {0};
    struct form f;
    bool ok;
    size_t start;

    buf_puts(&body, "--B\r\n");
    start = body.len;
    buf_puts(&body, FORM "a\r\nX: ");
    while (body.len - start < len - 4)
        buf_putc(&body, 'x');
    buf_puts(&body, "\r\n\r\n1" END);
    ok = form_read(&f, body.data, body.len, "B");
    cr_expect(ok ? slice_is(f.parts[0].data, "1") : strstr(f.fault.text, "too long") != NULL, "%zu",
              len);
    form_free(&f);
    buf_fini(&body);
    return ok;
}

Test(multipart_damage, keeps_the_limits)
{
    cr_expect(accepts_parts(MULTIPART_PARTS_MAX));
    cr_expect(!accepts_parts(MULTIPART_PARTS_MAX + 1));
    cr_expect(accepts_header_of(MULTIPART_HEADER_BYTES_MAX));
    for (size_t more = 1; more < 8; more++)
        cr_expect(!accepts_header_of(MULTIPART_HEADER_BYTES_MAX + more), "%zu", more);
    cr_expect(!accepts_header_of(1 << 20));
}

static const char full[] = "preamble\r\n--B:=?\r\n"
                           "Content-Disposition: form-data; name=\"a\\\"%22\"\r\n\r\n"
                           "one\r\n--B:=\r\n--B:=?\t\r\nX-Y: z\r\n"
                           "Content-Disposition: form-data; name=\"b\"; filename=\"c \xc3\xa4\"\r\n"
                           "Content-Type: image/png; q=\"\\\"\"\r\n"
                           "Content-Transfer-Encoding: binary\r\n\r\n"
                           "\0\xff\r\n\r\n--B:=?--  \r\nepilogue";

Test(multipart_damage, needs_every_byte_up_to_the_last_delimiter)
{
    static const char last[] = "--B:=?--";
    size_t complete = (size_t)((char *)memmem(full, sizeof(full), last, sizeof(last) - 1) - full);

    complete += sizeof(last) - 1;
    for (size_t len = 0; len < sizeof(full); len++) {
        struct form f;
        /* a lone CR is not a line end */
        bool want = len >= complete && len != complete + 3;

        cr_expect_eq(form_read(&f, full, len, "B:=?"), want, "%zu", len);
        if (want)
            cr_expect(f.count == 2 && f.parts[1].data.len == 4);
        form_free(&f);
    }
}

static uint32_t dice(uint32_t *seed, size_t sides)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % (uint32_t)sides;
}

static bool lies_in(struct slice s, const struct form *f, size_t len)
{
    return s.data >= f->body && s.data + s.len <= f->body + len;
}

/* Parts of a damaged body lie inside it, and names are text. */
Test(multipart_damage, survives_damage)
{
    static const char *const pieces[] = {
        "\r\n", "\n", "\r", "--",    "\r\n--B:=?", "--B:=?--", "\"", "\\",
        "%22",  ";",  ":",  "name=", "\r\n ",      "\xff",     "",   NULL};
    uint32_t seed = 7578;
    size_t accepted = 0;

    for (int round = 0; round < 20000; round++) {
        struct buf body = {0};
        struct form f;

        buf_put(&body, full, sizeof(full) - 1);
        for (uint32_t n = dice(&seed, 3); n < 4; n++) {
            const char *piece = pieces[dice(&seed, sizeof(pieces) / sizeof(*pieces))];
            size_t at = dice(&seed, body.len), cut = dice(&seed, 4);
            size_t len = piece ? strlen(piece) : 1; /* NULL stands for a NUL */

            cut = cut < body.len - at ? cut : body.len - at - 1;
            buf_reserve(&body, len);
            memmove(body.data + at + len, body.data + at + cut, body.len - at - cut);
            memcpy(body.data + at, piece ? piece : "", len);
            body.len = body.len + len - cut;
        }
        if (form_read(&f, body.data, body.len, "B:=?")) {
            accepted++;
            for (size_t i = 0; i < f.count; i++) {
                const struct multipart_part *p = &f.parts[i];

                cr_expect(lies_in(p->data, &f, body.len) && p->type.len);
                cr_expect(p->name.data && utf8_is_valid(p->name.data, p->name.len));
                cr_expect(!p->filename.data || utf8_is_valid(p->filename.data, p->filename.len));
                cr_expect_null(memmem(p->data.data, p->data.len, "\n--B:=?", 7));
            }
        }
        form_free(&f);
        buf_fini(&body);
    }
    cr_expect(accepted > 100 && accepted < 19000, "%zu", accepted);
}

/* Lookalikes of a delimiter end to end; quadratic work would be obvious. */
Test(multipart_damage, passes_over_lookalikes)
{
    enum { SIZE = 1 << 22 };
    static const char *const rows[] = {
        "\r\n--", "\r\n--BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBC", "-", "\r", "\n", "--BBBB"};
    static const char boundary[] = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB";

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf body = {0};
        struct form f;
        size_t start, len;

        buf_printf(&body, "--%s\r\n" A, boundary);
        start = body.len;
        while (body.len < SIZE)
            buf_puts(&body, rows[i]);
        len = body.len - start;
        buf_printf(&body, "\r\n--%s--", boundary);
        cr_expect(form_read(&f, body.data, body.len, boundary) && f.parts[0].data.len == len,
                  "row %zu", i);
        form_free(&f);
        buf_fini(&body);
    }
}
