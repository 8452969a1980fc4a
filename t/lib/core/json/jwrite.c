/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jwrite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jread.h"

Test(jwrite, escapes_strings)
{
    static const struct {
        const char *text;
        size_t len;
        const char *want;
    } rows[] = {
        {"", 0, "\"\""},
        {"a\"b\\c/", 6, "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\""},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9", 9, "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9\""},
        {"\xff", 1, "\"\xef\xbf\xbd\""},
        {"\xc3", 1, "\"\xef\xbf\xbd\""},
        {"\xc3\"", 2, "\"\xef\xbf\xbd\\\"\""},
        {"\xe2\x82\n", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\\n\""},
        {"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xf4\x90\x80\x80", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf b = {0};

        jwrite_string(&b, rows[i].text, rows[i].len);
        cr_expect_str_eq(buf_text(&b), rows[i].want, "row %zu: %s", i, b.data);
        buf_fini(&b);
    }
}

/* Every byte is written at each place of a long string as it is by itself. */
Test(jwrite, writes_a_byte_alike_wherever_it_is)
{
    for (int c = 0; c < 256; c++) {
        char one = (char)c, text[19];
        struct buf alone = {0}, want = {0}, got = {0};

        jwrite_string(&alone, &one, 1);
        for (size_t at = 0; at < sizeof(text); at++) {
            memset(text, 'x', sizeof(text));
            text[at] = one;
            want.len = got.len = 0;
            buf_putc(&want, '"');
            buf_put(&want, text, at);
            buf_put(&want, alone.data + 1, alone.len - 2);
            buf_put(&want, text + at + 1, sizeof(text) - at - 1);
            buf_putc(&want, '"');
            jwrite_string(&got, text, sizeof(text));
            cr_expect_str_eq(buf_text(&got), buf_text(&want), "%02x at %zu", c, at);
        }
        buf_fini(&alone);
        buf_fini(&want);
        buf_fini(&got);
    }
}

/* Every byte, alone and before another: always valid JSON. */
Test(jwrite, always_writes_json)
{
    for (int a = 0; a < 256; a++)
        for (int c = 0; c < 256; c += 3) {
            char text[3] = {(char)a, (char)c, 'x'};
            struct buf b = {0};

            for (size_t len = 1; len <= 3; len++) {
                b.len = 0;
                jwrite_string(&b, text, len);
                cr_expect(jread_is_json(b.data, b.len, 1), "%02x %02x", a, c);
            }
            buf_fini(&b);
        }
}

Test(jwrite, writes_doubles_that_read_back)
{
    static const struct {
        double value;
        const char *want; /* NULL: only that it reads back */
    } rows[] = {
        {0.1, "0.1"},
        {1, "1.0"},
        {-0.0, "-0.0"},
        {1e22, "1e+22"},
        {NAN, "null"},
        {INFINITY, "null"},
        {-INFINITY, "null"},
        {1.0 / 3, NULL},
        {DBL_MAX, NULL},
        {DBL_MIN, NULL},
        {5e-324, NULL},
        {9007199254740993.0, NULL},
        {0.30000000000000004, "0.30000000000000004"},
        {123456789012345680.0, NULL},
        {-1.5, "-1.5"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf b = {0};

        jwrite_double(&b, rows[i].value);
        cr_expect(jread_is_json(buf_text(&b), b.len, 1), "%s", b.data);
        if (rows[i].want)
            cr_expect_str_eq(b.data, rows[i].want);
        else
            cr_expect(strtod(b.data, NULL) == rows[i].value, "%s", b.data);
        buf_fini(&b);
    }
}

Test(jwrite, writes_what_was_read)
{
    static const char *const rows[] = {
        "null",
        "[]",
        "{}",
        "{\"a\":[1,-2.5,true,false,null,\"x\\n\"],\"b\":{\"c\":{}}}",
        "{\"\\u0000\":1,\"a\\u0000b\":2,\"\":3}",
        "[9223372036854775807,-9223372036854775808]",
        "\"\\u0000\"",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value = NULL;
        struct jread_fault fault;
        struct buf b = {0};

        cr_assert(jread_text(rows[i], strlen(rows[i]), 8, NULL, &value, &fault));
        jwrite_value(&b, value);
        cr_expect_str_eq(buf_text(&b), rows[i]);
        json_object_put(value);
        buf_fini(&b);
    }
}
