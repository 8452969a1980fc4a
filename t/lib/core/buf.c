/* SPDX-License-Identifier: MIT */
#include "lib/core/buf.h"

#include <criterion/criterion.h>

Test(buf, grows)
{
    struct buf b = {0};
    char chunk[1000];

    cr_expect_str_eq(buf_text(&b), "", "an empty one has a text too");
    memset(chunk, 'x', sizeof(chunk));
    for (size_t i = 0; i < 300; i++)
        buf_put(&b, chunk, i);
    cr_expect(b.len == 300 * 299 / 2 && strlen(buf_text(&b)) == b.len);
    buf_put(&b, NULL, 0);
    memset(buf_reserve(&b, 100000), 'y', 100000);
    b.len += 100000;
    buf_putc(&b, 'z');
    cr_expect(b.data[b.len - 1] == 'z' && buf_slice(&b).len == b.len);
    buf_fini(&b);
    cr_expect(!b.data && !b.len && !b.cap);
    buf_fini(&b);
}

Test(buf, prints)
{
    static const struct {
        int64_t value;
        const char *want;
    } rows[] = {{0, "0"},
                {-1, "-1"},
                {INT64_MAX, "9223372036854775807"},
                {INT64_MIN, "-9223372036854775808"}};
    struct buf b = {0};

    for (size_t i = 0; i < 4; i++) {
        b.len = 0;
        buf_put_int(&b, rows[i].value);
        cr_expect_str_eq(buf_text(&b), rows[i].want);
    }
    b.len = 0;
    buf_puts(&b, "a");
    buf_printf(&b, "%s%05d", "b", 7);
    cr_expect_str_eq(buf_text(&b), "ab00007");
    buf_printf(&b, "%*d", 5000, 1);
    cr_expect(b.len == 5007 && b.data[5006] == '1');
    buf_printf(&b, "%s", "");
    cr_expect(b.len == 5007);
    buf_fini(&b);
}

/* The text stays one byte behind the end, whatever the length. */
Test(buf, terminates_at_every_length)
{
    for (size_t len = 0; len < 1100; len++) {
        struct buf b = {0};

        for (size_t i = 0; i < len; i++)
            buf_putc(&b, 'a');
        cr_expect(strlen(buf_text(&b)) == len && b.len == len);
        buf_fini(&b);
    }
}

Test(buf, grows_to_no_more_than_was_asked)
{
    struct buf b = {0};

    buf_reserve_exact(&b, 10);
    cr_expect_eq(b.cap, 10);
    b.len = 7;
    memcpy(b.data, "leather", 7);
    cr_expect(buf_reserve_exact(&b, 3) == b.data + 7 && b.cap == 10);
    buf_reserve_exact(&b, 4);
    cr_expect(b.cap == 11 && memcmp(b.data, "leather", 7) == 0);
    buf_fini(&b);
}
