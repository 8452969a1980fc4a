/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jread.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/arena.h"
#include "lib/core/system/file.h"
#include "lib/core/json/mark.h"

static bool accepts(const char *text, size_t len, unsigned depth)
{
    struct json_object *value = NULL;
    struct jread_fault fault;
    bool ok = jread_text(text, len, depth, NULL, &value, &fault);

    cr_expect(ok || (!value && fault.message && fault.offset <= len), "%.40s", text);
    json_object_put(value);
    return ok;
}

Test(jread, accepts_json)
{
    static const char *const rows[] = {
        "null",
        " 1 ",
        "-0",
        "0.5e-3",
        "[]",
        "{}",
        "[[],{}]",
        "\"\"",
        "1E+2",
        "\"\\u0000\"",
        "\"\\ud834\\udd1e\"",
        "\t\r\n[1 , 2]\n",
        "\"\x7f\"",
        "1e308",
        "-1e-400",
        "{\"a\":1,\"A\":2}",
        "{\"\":{}}",
        "\"\xf4\x8f\xbf\xbf\"",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(accepts(rows[i], strlen(rows[i]), 8), "%s", rows[i]);
        cr_expect(jread_is_json(rows[i], strlen(rows[i]), 8), "%s", rows[i]);
    }
}

Test(jread, refuses_what_is_not_json)
{
    static const struct {
        const char *text;
        size_t offset;
        unsigned line, col;
    } rows[] = {
        {"", 0, 1, 1},
        {"NaN", 0, 1, 1},
        {"-Infinity", 0, 1, 1},
        {"01", 0, 1, 1},
        {"-", 0, 1, 1},
        {"+1", 0, 1, 1},
        {".5", 0, 1, 1},
        {"1.", 0, 1, 1},
        {"1e", 0, 1, 1},
        {"1e400", 0, 1, 1},
        {"'a'", 0, 1, 1},
        {"[1,]", 3, 1, 4},
        {"[1 2]", 3, 1, 4},
        {"{\"a\":1,}", 7, 1, 8},
        {"{\"a\" 1}", 5, 1, 6},
        {"{a:1}", 1, 1, 2},
        {"[\n\n  x]", 5, 3, 3},
        {"1 2", 2, 1, 3},
        {"\"a\nb\"", 2, 1, 3},
        {"\"\\x\"", 2, 1, 3},
        {"\"abc", 4, 1, 5},
        {"truee", 4, 1, 5},
        {"\xef\xbb\xbf[]", 0, 1, 1},
        {"/**/1", 0, 1, 1},
        {"[[[[1]]]]", 3, 1, 4},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value = NULL;
        struct jread_fault f = {0};
        size_t len = strlen(rows[i].text);

        cr_expect(!jread_text(rows[i].text, len, 3, NULL, &value, &f), "%s", rows[i].text);
        cr_expect(!value);
        cr_expect(f.offset == rows[i].offset && f.line == rows[i].line && f.col == rows[i].col,
                  "%s: %zu %u:%u %s", rows[i].text, f.offset, f.line, f.col, f.message);
        cr_expect(!jread_is_json(rows[i].text, len, 3), "%s", rows[i].text);
    }
}

Test(jread, refuses_bad_strings)
{
    static const char *const rows[] = {
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "\"\\ud800x\"",
        "\"\\u12g4\"",
        "\"\\u12",
        "\"\\",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xe2\x82\"",
        "\"\xff\"",
        "{\"\xc0\x80\":1}",
        "\"\x80\"",
        "\"\xf0\x82\x82\xac\"",
        "\"\xc2",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(!accepts(rows[i], strlen(rows[i]), 8), "row %zu", i);
    cr_expect(!accepts("\"\0\"", 3, 8));
    cr_expect(!accepts("1\0", 2, 8));
}

Test(jread, what_is_read_as_c_strings_holds_no_nul)
{
    static const char *const bad[] = {"\"\\u0000\"", "[\"a\\u0000b\"]",
                                      "{\"a\":{\"b\":\"\\u0000\"}}", "{\"a\\u0000\":1}"};
    static const char *const good[] = {"\"\\u0001\"", "\"\\\\u0000\"", "{\"a\":\"u0000\"}"};
    struct json_object *value;
    struct jread_fault f;

    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        cr_expect(!jread_plain(bad[i], strlen(bad[i]), 8, &value, &f) && !value, "%s", bad[i]);
        cr_expect(accepts(bad[i], strlen(bad[i]), 8), "it is JSON: %s", bad[i]);
    }
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        cr_expect(jread_plain(good[i], strlen(good[i]), 8, &value, &f), "%s", good[i]);
        json_object_put(value);
    }
}

Test(jread, refuses_the_same_name_twice)
{
    static const char *const rows[] = {"{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":1}",
                                       "{\"\":1,\"\":1}", "{\"\\u0000\":1,\"\\u0000\":2}",
                                       "[{\"b\":{\"c\":null,\"c\":null}}]"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(!accepts(rows[i], strlen(rows[i]), 8), "%s", rows[i]);
    cr_expect(accepts("{\"\\u0000\":1,\"\\u0000a\":2}", 24, 8));
}

Test(jread, keeps_numbers_exact)
{
    static const struct {
        const char *text;
        enum json_type type;
        int64_t integer;
        double real;
    } rows[] = {
        {"9223372036854775807", json_type_int, INT64_MAX, 0},
        {"-9223372036854775808", json_type_int, INT64_MIN, 0},
        {"9223372036854775808", json_type_double, 0, 9223372036854775808.0},
        {"18446744073709551615", json_type_double, 0, 18446744073709551615.0},
        {"18446744073709551616", json_type_double, 0, 18446744073709551616.0},
        {"-9223372036854775809", json_type_double, 0, -9223372036854775809.0},
        {"1.0", json_type_double, 0, 1.0},
        {"1e2", json_type_double, 0, 100.0},
        {"0", json_type_int, 0, 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *v = NULL;
        struct jread_fault f;

        cr_assert(jread_text(rows[i].text, strlen(rows[i].text), 1, NULL, &v, &f));
        cr_expect(json_object_is_type(v, rows[i].type), "%s", rows[i].text);
        if (rows[i].type == json_type_int)
            cr_expect(json_object_get_int64(v) == rows[i].integer, "%s", rows[i].text);
        else
            cr_expect(json_object_get_double(v) == rows[i].real, "%s", rows[i].text);
        json_object_put(v);
    }
}

Test(jread, limits_depth)
{
    char text[1025];
    struct json_object *value;
    struct jread_fault fault;

    memset(text, '[', 512);
    memset(text + 512, ']', 512);
    cr_expect(accepts(text, 1024, 512));
    cr_expect(!accepts(text, 1024, 511));
    cr_expect(accepts("1", 1, 0));
    cr_expect(!accepts("[]", 2, 0));
    cr_expect(accepts("[[],[],[]]", 10, 2));
    memset(text, '[', 1024);
    cr_expect(!jread_text(text, 1024, 4096, NULL, &value, &fault));
}

Test(jread, marks_where_values_stand)
{
    static const char text[] = "{\n \"a\": [true,\n  null, \"x\"]}";
    struct json_object *value = NULL, *a, *x;
    struct jread_fault fault;

    cr_assert(jread_text(text, strlen(text), 4, "f.json", &value, &fault));
    a = json_object_object_get(value, "a");
    x = json_object_array_get_idx(a, 2);
    cr_expect_str_eq(mark_where(value), "f.json:1:1");
    cr_expect_str_eq(mark_where(a), "f.json:2:7");
    cr_expect_str_eq(mark_key(value, "a"), "f.json:2:2");
    cr_expect_str_eq(mark_where(x), "f.json:3:9");
    cr_expect_str_eq(mark_key(value, "missing"), "f.json:1:1");
    json_object_put(value);
}

/* y_ must be accepted, n_ refused, i_ must do no harm. */
static void run_case(const char *folder, const char *name)
{
    char path[1024];
    struct buf text = {0};
    bool ok, is_twice = strncmp(name, "y_object_duplicated_key", 23) == 0;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    cr_assert(file_read(path, 1 << 20, &text), "%s", path);
    ok = accepts(text.len ? text.data : "", text.len, 512);
    cr_expect(name[0] != 'n' || !ok, "%s was accepted", name);
    cr_expect(name[0] != 'y' || ok != is_twice, "%s was %s", name, ok ? "accepted" : "refused");
    ok = jread_is_json(text.len ? text.data : "", text.len, 512);
    cr_expect(name[0] == 'i' || ok == (name[0] == 'y'), "%s: jread_is_json", name);
    buf_fini(&text);
}

/* Only at that level, and whatever stands in there is gone over all the same. */
Test(jread, leaves_members_as_text)
{
    static const struct {
        const char *text, *want; /* NULL: refused */
    } rows[] = {
        {"{\"a\":[1,{\"b\":2}]}", "{\"a\":[1,{\"b\":2}]}"},
        {"[{\"a\": [1, \"]}\"] ,\"c\":{\"a\":1}}]", "[{\"a\":[7,9],\"c\":{\"a\":1}}]"},
        {"[{\"b\":null,\"a\":\"\\u00e4\\\"\"}]", "[{\"b\":[6,4],\"a\":[15,10]}]"},
        {"[{\"a\":[1,]}]", NULL},
        {"[{\"a\":1,\"a\":1}]", NULL},
        {"[{\"a\":\"\x80\"}]", NULL},
        {"[{\"a\":[[[[1]]]]}]", NULL},
        {"[{\"a\":", NULL},
    };
    static const struct jread_lazy lazy = {2, "a|b"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value;
        struct jread_fault fault;
        bool ok = jread_lazily(rows[i].text, strlen(rows[i].text), 5, &lazy, &value, &fault);

        cr_expect(ok == (rows[i].want != NULL), "%s", rows[i].text);
        if (ok && rows[i].want)
            cr_expect_str_eq(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN),
                             rows[i].want);
        json_object_put(value);
    }
}

Test(jread, takes_items_off_an_array)
{
    static const char text[] = "{\"a\": [1 , {\"b\":[2]},null,\"]\" ],\"b\":[]}";
    static const char *const want[] = {"1", "{\"b\":[2]}", "null", "\"]\""};
    static const struct jread_lazy lazy = {1, "a|b"};
    struct json_object *places, *item;
    struct jread_fault fault;
    struct slice rest;
    size_t n = 0;

    cr_assert(jread_lazily(text, strlen(text), 8, &lazy, &places, &fault));
    rest = jread_at(text, json_object_object_get(places, "a"));
    for (; jread_item(&rest, 8, &item); n++) {
        cr_assert_lt(n, 4);
        cr_expect_str_eq(json_object_to_json_string_ext(item, JSON_C_TO_STRING_PLAIN), want[n]);
        json_object_put(item);
    }
    cr_expect_eq(n, 4);
    rest = jread_at(text, json_object_object_get(places, "b"));
    cr_expect(!jread_item(&rest, 8, &item) && !item);
    json_object_put(places);
}

Test(jread, agrees_with_the_json_suite)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    char folder[512];
    struct dirent **entries;
    int n;

    if (suites)
        snprintf(folder, sizeof(folder), "%s/json-parsing/test_parsing", suites);
    else
        snprintf(folder, sizeof(folder), "%s/../shared/suites/json-parsing/test_parsing",
                 source ? source : ".");
    n = scandir(folder, &entries, NULL, alphasort);
    if (n < 0)
        cr_skip_test("the JSON suite is not at %s", folder);
    for (int i = 0; i < n; i++) {
        if (strstr(entries[i]->d_name, ".json"))
            run_case(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}
