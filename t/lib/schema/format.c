/* SPDX-License-Identifier: MIT */
#include "t/lib/schema/format_rows.h"

#include <float.h>
#include <math.h>
#include <stdint.h>

static const char *const names[] = {
    "binary",   "byte",  "date",         "date-time",     "double",
    "duration", "email", "float",        "hostname",      "int32",
    "int64",    "ipv4",  "ipv6",         "iri",           "iri-reference",
    "password", "regex", "json-pointer", "time",          "relative-json-pointer",
    "uri",      "uuid",  "uri-template", "uri-reference",
};

Test(format, finds_each_by_its_name)
{
    static const char *const others[] = {"", "Date", "dat", "date ", "datetime", "uuid4", "zip"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct format *f = format_find(names[i]);

        cr_assert(f && strcmp(f->name, names[i]) == 0, "%s", names[i]);
        cr_expect(!f->is_text || !f->is_number, "%s", names[i]);
        cr_expect(f->words && *f->words, "%s", names[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        cr_expect(!format_find(others[i]), "%s", others[i]);
    cr_expect(!format_find("binary")->is_text && !format_find("binary")->is_number);
    cr_expect(!format_find("password")->is_text && !format_find("password")->is_number);
}

/* The text in brackets in the words of a format is an example of it. */
Test(format, words_hold_an_example)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct format *f = format_find(names[i]);
        const char *open = f->is_text ? strchr(f->words, '(') : NULL;

        cr_expect(!f->is_text || open, "%s", names[i]);
        if (open)
            cr_expect(format_takes(f->name, open + 1, strlen(open) - 2), "%s", f->words);
    }
}

/* No text is a number's business, no prefix is read past, and NUL is a character like others. */
Test(format, stops_at_the_length)
{
    static const char text[] = "2026-01-31T23:59:59.5+01:00";
    static const char pointer[] = "/a\0b", uri[] = "a:b\0c", host[] = "a\0b", mail[] = "a\0@b";

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        const struct format *f = format_find(names[i]);

        for (size_t len = 0; f->is_text && len < sizeof(text); len++)
            format_takes(names[i], text, len);
        if (f->is_text && strcmp(names[i], "regex") != 0)
            cr_expect(!format_takes(names[i], "\0", 1), "%s", names[i]);
        if (f->is_text && strcmp(names[i], "regex") != 0)
            cr_expect(f->is_text(NULL, 0) == format_takes(names[i], "", 0), "%s", names[i]);
    }
    cr_expect(format_takes("json-pointer", pointer, sizeof(pointer) - 1));
    cr_expect(!format_takes("uri", uri, sizeof(uri) - 1));
    cr_expect(!format_takes("iri", uri, sizeof(uri) - 1));
    cr_expect(!format_takes("hostname", host, sizeof(host) - 1));
    cr_expect(!format_takes("email", mail, sizeof(mail) - 1));
    cr_expect(!format_takes("date", "2026-01-31\0", 11));
}

Test(format, uuid)
{
    static const char *const valid[] = {
        "2EB8AA08-AA98-11EA-B4AA-73B441D16380", "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
        "2eb8aa08-AA98-11ea-B4Aa-73B441D16380", "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff", "99c17cbb-656f-f64a-940f-1a4568f03487"};
    static const char *const invalid[] = {"",
                                          "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
                                          "2eb8aa08-aa98-11ea-b4aa-73b441d163800",
                                          "2eb8aa08-aa98-11ea-73b441d16380",
                                          "2eb8aa08-aa98-11ea-b4ga-73b441d16380",
                                          "2eb8aa08aa9811eab4aa73b441d16380",
                                          "2eb8aa08aa98-11ea-b4aa73b441d16380",
                                          "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380",
                                          "2eb8aa08-aa98-11ea-b4aa-73b441d16380-",
                                          "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
                                          "urn:uuid:2eb8aa08-aa98-11ea-b4aa-73b441d16380",
                                          " 2eb8aa08-aa98-11ea-b4aa-73b441d16380",
                                          "2eb8aa08-aa98-11ea-b4aa_73b441d16380"};

    EXPECT_ROWS("uuid", valid, true);
    EXPECT_ROWS("uuid", invalid, false);
}

Test(format, json_pointer)
{
    static const char *const valid[] = {
        "",          "/",         "//",        "/foo/bar~0/baz~1/%a",
        "/foo//bar", "/foo/bar/", "/ ",        "/c%d",
        "/e^f",      "/g|h",      "/i\\j",     "/k\"l",
        "/m~0n",     "/a~1b",     "/0",        "/foo/",
        "/~1.1",     "/~0~0~1~1", "/\xc3\xa9", "/-",
        "/~01",
    };
    static const char *const invalid[] = {"a",    "0",   "#",      "#/",        "#a",
                                          " /a",  "a/b", "/foo/~", "/~2",       "/~/a",
                                          "/~-1", "/~~", "/~0~",   "/foo/bar~", "~1"};

    EXPECT_ROWS("json-pointer", valid, true);
    EXPECT_ROWS("json-pointer", invalid, false);
}

Test(format, relative_json_pointer)
{
    static const char *const valid[] = {"0",    "1",     "0#",     "12#",          "0/foo/bar",
                                        "0/",   "120/a", "1/~0",   "0+1",          "0-1#",
                                        "2+10", "0+1/a", "1-12/0", "2/0/baz/1/zip"};
    static const char *const invalid[] = {
        "",    "/foo", "-1/a", "+1/a", "0##", "01/a", "01#",  "00",    "1a", "#",           "0#/a",
        "0~0", "0/~",  "0+",   "0+0",  "0-0", "0+01", "0++1", "0+1-1", "1 ", "\xe0\xa7\xaa"};

    EXPECT_ROWS("relative-json-pointer", valid, true);
    EXPECT_ROWS("relative-json-pointer", invalid, false);
}

Test(format, byte)
{
    static const char *const valid[] = {
        "",     "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "+/+/", "Zm9vYmE=",
        "AAAA", "AA==", "AQ==", "Ag==", "Aw==",     "AAA="};
    static const char *const invalid[] = {
        "Z",    "Zg",    "Zg=",   "Zm8",      "Zh==", /* bits left over */
        "Zm9=", "Zm8==", "====",  "=",        "==",   "Z===",       "Zg==Zg==", "Zm=v",
        "-_-_", "Zm9v ", "Zm9\n", "Zm9v\r\n", "=AAA", "Zm\xc3\xa9", "Zg==="};

    EXPECT_ROWS("byte", valid, true);
    EXPECT_ROWS("byte", invalid, false);
}

/* Of the 64 letters a sixteenth leaves four zero bits, and a quarter two; "AA==" is one more. */
Test(format, byte_leaves_no_bits)
{
    size_t pairs = 0, triples = 0;

    for (int c = 0; c < 256; c++) {
        char text[] = {'A', (char)c, '=', '=', 'A', 'A', (char)c, '='};

        pairs += format_takes("byte", text, 4);
        triples += format_takes("byte", text + 4, 4);
    }
    cr_expect(pairs == 4 && triples == 16 + 1, "%zu %zu", pairs, triples);
}

static bool takes_integer(const char *name, int64_t n)
{
    return format_find(name)->is_number(&(struct jvalue){.type = JINTEGER, .integer = n});
}

static bool takes_double(const char *name, double x)
{
    return format_find(name)->is_number(&(struct jvalue){.type = JDOUBLE, .real = x});
}

Test(format, whole_numbers)
{
    static const struct {
        int64_t value;
        bool is_int32;
    } whole[] = {{0, true},          {-1, true},
                 {INT32_MAX, true},  {INT32_MAX + INT64_C(1), false},
                 {INT32_MIN, true},  {INT32_MIN - INT64_C(1), false},
                 {INT64_MAX, false}, {INT64_MIN, false}};
    static const struct {
        double value;
        bool is_int32, is_int64;
    } doubles[] = {{2.0, true, true},
                   {-0.0, true, true},
                   {2.5, false, false},
                   {1e-300, false, false},
                   {2147483647.0, true, true},
                   {2147483647.5, false, false},
                   {2147483648.0, false, true},
                   {-2147483648.0, true, true},
                   {-2147483648.5, false, false},
                   {0x1p62, false, true},
                   {0x1p63, false, false},
                   {0x1.fffffffffffffp62, false, true},
                   {-0x1p63, false, true},
                   {-0x1.0000000000001p63, false, false},
                   {1e19, false, false},
                   {1e300, false, false}};

    for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++) {
        int64_t v = whole[i].value;

        cr_expect(takes_integer("int32", v) == whole[i].is_int32, "%zu", i);
        cr_expect(takes_integer("int64", v), "%zu", i);
    }
    for (size_t i = 0; i < sizeof(doubles) / sizeof(*doubles); i++) {
        double v = doubles[i].value;

        cr_expect(takes_double("int32", v) == doubles[i].is_int32, "%g", v);
        cr_expect(takes_double("int64", v) == doubles[i].is_int64, "%g", v);
    }
}

Test(format, real_numbers)
{
    static const struct {
        double value;
        bool is_float, is_double;
    } rows[] = {{0, true, true},
                {0.1, true, true},
                {1e-300, true, true},
                {FLT_MAX, true, true},
                {-FLT_MAX, true, true},
                {0x1.fffffefffffffp127, true, true}, /* rounds down to FLT_MAX */
                {0x1.ffffffp127, false, true},       /* rounds up to infinity */
                {-0x1.ffffffp127, false, true},
                {1e39, false, true},
                {DBL_MAX, false, true},
                {INFINITY, false, false},
                {-INFINITY, false, false},
                {NAN, false, false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        double v = rows[i].value;

        cr_expect(takes_double("float", v) == rows[i].is_float, "%g", v);
        cr_expect(takes_double("double", v) == rows[i].is_double, "%g", v);
    }
    cr_expect(takes_integer("float", INT64_MIN));
    cr_expect(takes_integer("double", INT64_MAX));
}
