/* SPDX-License-Identifier: MIT */
#include "lib/conf/yaml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/core/json/mark.h"

static char folder[64];

static void set_up(void)
{
    strcpy(folder, "/tmp/leat-unit-yaml-XXXXXX");
    cr_assert(mkdtemp(folder));
}

static void tear_down(void)
{
    rmdir(folder);
}

TestSuite(yaml, .init = set_up, .fini = tear_down);

static bool read_as(const char *name, const char *text, size_t len, struct json_object **out,
                    struct diags *diags)
{
    char path[128];
    FILE *f;
    bool ok;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "w");
    cr_assert(f);
    fwrite(text, 1, len, f);
    fclose(f);
    ok = yaml_read(path, out, diags);
    cr_expect(ok == (diags->errors == 0), "%s", text);
    cr_expect(ok || !*out, "%s", text);
    unlink(path);
    return ok;
}

Test(yaml, reads_scalars_by_the_core_schema)
{
    static const struct {
        const char *yaml, *json;
    } rows[] = {
        {"", "null"},
        {"~", "null"},
        {"null", "null"},
        {"Null", "null"},
        {"nULL", "\"nULL\""},
        {"true", "true"},
        {"FALSE", "false"},
        {"tRue", "\"tRue\""},
        {"no", "\"no\""},
        {"yes", "\"yes\""},
        {"on", "\"on\""},
        {"0", "0"},
        {"-12", "-12"},
        {"+12", "12"},
        {"012", "12"},
        {"0x1F", "31"},
        {"0o17", "15"},
        {"1.5", "1.5"},
        {".5", "0.5"},
        {"1.", "1.0"},
        {"1e3", "1000.0"},
        {"-2.5E-1", "-0.25"},
        {"1e", "\"1e\""},
        {"1-2", "\"1-2\""},
        {"1_000", "\"1_000\""},
        {"3.1.0", "\"3.1.0\""},
        {"2027-01-31", "\"2027-01-31\""},
        {"12:30", "\"12:30\""},
        {"\"1\"", "\"1\""},
        {"'~'", "\"~\""},
        {"''", "\"\""},
        {"'a''b'", "\"a'b\""},
        {"\"\\u00e4\"", "\"\xc3\xa4\""},
        {"|\n  a\n  b\n", "\"a\\nb\\n\""},
        {">\n  a\n  b", "\"a b\""},
        {"# only a comment", "null"},
        {"-", "[ null ]"},
        {".", "\".\""},
        {"9223372036854775807", "9223372036854775807"},
        {"[1, a, [~]]", "[ 1, \"a\", [ null ] ]"},
        {"{a: 1, b: {}}", "{ \"a\": 1, \"b\": { } }"},
        {"--- 1\n...\n", "1"},
        {"%YAML 1.2\n--- a", "\"a\""},
        {"- &x [1]\n- *x", "[ [ 1 ], [ 1 ] ]"},
        {"1: a", "{ \"1\": \"a\" }"},
        {"? a\n: b", "{ \"a\": \"b\" }"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value = NULL;
        struct diags diags = {0};
        char want[128], got[128];

        cr_expect(read_as("a.yaml", rows[i].yaml, strlen(rows[i].yaml), &value, &diags), "%s: %s",
                  rows[i].yaml, diags.count ? diags.items[0].message : "");
        snprintf(want, sizeof(want), "%s", rows[i].json);
        snprintf(got, sizeof(got), "%s",
                 json_object_to_json_string_ext(value, JSON_C_TO_STRING_SPACED));
        cr_expect(strcmp(want, got) == 0, "%s: %s", rows[i].yaml, got);
        json_object_put(value);
        diags_fini(&diags);
    }
}

Test(yaml, refuses)
{
    static const char *const rows[] = {
        "a: 1\na: 2",   "{a: 1, \"a\": 2}", "1: a\n'1': b",    "a: !!str 1", "!x a",
        "!!map {a: 1}", "<<: {a: 1}",       "a: &x 1\n<<: *x", "*x",         "&x [*x]",
        "--- 1\n--- 2", "---\n---\na: 1",   "--- ~\n--- a",    "[1, 2",      "a: b: c",
        "\t- a",        "{[a]: 1}",         "? {a: 1}\n: 2",   "\"\\x\"",    "'a",
        "a: \"\xff\"",  "- a\nb: c",        "\"a\\0\": 1",     "@a",         "a: 1\n b: 2",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value = NULL;
        struct diags diags = {0};

        cr_expect(!read_as("a.yaml", rows[i], strlen(rows[i]), &value, &diags), "%s", rows[i]);
        cr_expect(diags.count && diags.items[0].where && strstr(diags.items[0].where, "a.yaml:"),
                  "%s", rows[i]);
        json_object_put(value);
        diags_fini(&diags);
    }
}

/* Expects one finding with that text, at that line and column. */
static void expect_refused(const char *name, const struct buf *text, const char *place,
                           const char *message)
{
    struct json_object *value = NULL;
    struct diags diags = {0};

    cr_expect(!read_as(name, text->data, text->len, &value, &diags));
    cr_assert_eq(diags.count, 1);
    cr_expect(strstr(diags.items[0].where, place), "%s, not %s", diags.items[0].where, place);
    cr_expect_str_eq(diags.items[0].message, message);
    diags_fini(&diags);
}

static void put_times(struct buf *text, const char *piece, size_t times)
{
    while (times--)
        buf_put(text, piece, strlen(piece));
}

/* "Billion laughs": each line holds the one before it nine times. */
Test(yaml, bounds_what_aliases_add)
{
    struct buf text = {0};

    put_times(&text, "a: &a [x,x,x,x,x,x,x,x,x]\n", 1);
    for (char c = 'b'; c < 'k'; c++) {
        buf_printf(&text, "%c: &%c [", c, c);
        for (int i = 0; i < 9; i++)
            buf_printf(&text, "*%c,", c - 1);
        buf_printf(&text, "]\n");
    }
    expect_refused("a.yaml", &text, "a.yaml:5:29",
                   "the aliases so far expand to more than 65551 values");
    buf_fini(&text);
}

/* A file may double, and then some. */
Test(yaml, expands_what_a_file_may_hold)
{
    struct json_object *value = NULL;
    struct diags diags = {0};
    struct buf text = {0};

    put_times(&text, "- &a [", 1);
    put_times(&text, "1,", 50000);
    put_times(&text, "]\n", 1);
    put_times(&text, "- *a\n", 2);
    cr_assert(read_as("a.yaml", text.data, text.len, &value, &diags));
    cr_expect_eq(json_object_array_length(json_object_array_get_idx(value, 2)), 50000);
    json_object_put(value);
    put_times(&text, "- *a\n", 1);
    expect_refused("a.yaml", &text, "a.yaml:4:3",
                   "the aliases so far expand to more than 115538 values");
    buf_fini(&text);
}

/* Texts count too: whoever reads the tree copies them. */
Test(yaml, bounds_texts_that_aliases_repeat)
{
    struct buf text = {0};

    put_times(&text, "- &a '", 1);
    put_times(&text, "x", 640000);
    put_times(&text, "'\n- [", 1);
    put_times(&text, "*a,", 1000);
    put_times(&text, "]\n", 1);
    expect_refused("a.yaml", &text, "a.yaml:2:25",
                   "the aliases so far expand to more than 75539 values");
    buf_fini(&text);
}

Test(yaml, finds_one_of_many_anchors)
{
    enum { MANY = 100000 };
    struct json_object *value = NULL;
    struct diags diags = {0};
    struct buf text = {0};

    for (int i = 0; i < MANY; i++)
        buf_printf(&text, "- &a%d %d\n", i, i);
    for (int i = 0; i < MANY; i++)
        buf_printf(&text, "- *a%d\n", i);
    cr_assert(read_as("a.yaml", text.data, text.len, &value, &diags));
    cr_expect_eq(json_object_get_int64(json_object_array_get_idx(value, MANY + 77)), 77);
    json_object_put(value);
    buf_fini(&text);
}

/* Even the shortest value takes hundreds of bytes, so a file has a bound below its size. */
Test(yaml, bounds_values)
{
    struct buf text = {0};

    put_times(&text, "[", 1);
    put_times(&text, "1,\n", MARKED_VALUES_MAX - 1);
    buf_putc(&text, '1');
    expect_refused("a.yaml", &text, "a.yaml:1048576:1", MARKED_TOO_MANY);
    expect_refused("a.json", &text, "a.json:1048576:1", "not valid JSON: " MARKED_TOO_MANY);
    text.len = 0;
    put_times(&text, "[", 1);
    put_times(&text, "{},\n", MARKED_VALUES_MAX / MARKED_PER_OBJECT);
    expect_refused("a.yaml", &text, "a.yaml:262144:1", MARKED_TOO_MANY);
    expect_refused("a.json", &text, "a.json:262144:1", "not valid JSON: " MARKED_TOO_MANY);
    buf_fini(&text);
}

static void put_pair(struct buf *text, const char *before, size_t length, const char *after)
{
    text->len = 0;
    put_times(text, before, 1);
    put_times(text, "k", length);
    put_times(text, after, 1);
}

Test(yaml, bounds_keys)
{
    struct json_object *value = NULL;
    struct diags diags = {0};
    struct buf text = {0};

    put_pair(&text, "{\n\"", MARKED_KEY_MAX, "\": 1}");
    cr_expect(read_as("a.json", text.data, text.len, &value, &diags));
    json_object_put(value);
    put_pair(&text, "{\n\"", MARKED_KEY_MAX + 1, "\": 1}");
    expect_refused("a.json", &text, "a.json:2:1", "not valid JSON: " MARKED_LONG_KEY);
    put_pair(&text, "a: 1\n? ", MARKED_KEY_MAX, "\n: 1"); /* longer than a key without the mark */
    cr_expect(read_as("a.yaml", text.data, text.len, &value, &diags));
    json_object_put(value);
    put_pair(&text, "a: 1\n? ", MARKED_KEY_MAX + 1, "\n: 1");
    expect_refused("a.yaml", &text, "a.yaml:2:3", MARKED_LONG_KEY);
    buf_fini(&text);
}

Test(yaml, bounds_depth)
{
    struct json_object *value = NULL;
    struct diags diags = {0};
    struct buf text = {0};

    put_times(&text, "[", YAML_DEPTH_MAX);
    put_times(&text, "]", YAML_DEPTH_MAX);
    cr_expect(read_as("a.yaml", text.data, text.len, &value, &diags));
    json_object_put(value);
    text.len = 0;
    put_times(&text, "[", 100000);
    expect_refused("a.yaml", &text, "a.yaml:1:129", "nested too deeply");
    expect_refused("a.json", &text, "a.json:1:129", "not valid JSON: nested too deeply");
    buf_fini(&text);
}

Test(yaml, marks_where_values_stand)
{
    static const char text[] = "a: 1\nb:\n  - x\n  - {c: y}\n";
    struct json_object *value = NULL, *b;
    struct diags diags = {0};

    cr_assert(read_as("m.yaml", text, strlen(text), &value, &diags));
    b = json_object_object_get(value, "b");
    cr_expect(strstr(mark_where(json_object_object_get(value, "a")), "m.yaml:1:4"));
    cr_expect(strstr(mark_key(value, "b"), "m.yaml:2:1"), "%s", mark_key(value, "b"));
    cr_expect(strstr(mark_where(json_object_array_get_idx(b, 0)), "m.yaml:3:5"));
    cr_expect(strstr(mark_key(json_object_array_get_idx(b, 1), "c"), "m.yaml:4:6"));
    json_object_put(value);
}

Test(yaml, reads_json_strictly)
{
    static const struct {
        const char *name, *text;
        bool ok;
    } rows[] = {
        {"a.json", "{\"a\": [1]}", true},
        {"a.json", "a: 1", false},
        {"a.json", "[1,]", false},
        {"a.json", "", false},
        {"conf", "{\"a\": 1}", true},
        {"conf", "{a: 1}", false},
        {"conf", "a: {b: 1}", true},
        {"conf", "[1,]", true},
        {"a.json", "{\"a\":1,\"a\":2}", false},
        {"x.yes", "{a: 1}", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value = NULL;
        struct diags diags = {0};

        cr_expect(read_as(rows[i].name, rows[i].text, strlen(rows[i].text), &value, &diags) ==
                      rows[i].ok,
                  "%s: %s", rows[i].name, rows[i].text);
        json_object_put(value);
        diags_fini(&diags);
    }
}

/* A brace makes JSON of a file, but not of one that is named as YAML. */
Test(yaml, goes_by_the_name_before_the_brace)
{
    struct json_object *value = NULL;
    struct diags diags = {0};

    cr_expect(!read_as("a.conf", "{a: 1}", 6, &value, &diags));
    diags_fini(&diags);
    cr_expect(read_as("a.yaml", "{a: 1}", 6, &value, &diags));
    json_object_put(value);
    diags_fini(&diags);
}

Test(yaml, reports_a_missing_file)
{
    struct json_object *value = NULL;
    struct diags diags = {0};

    cr_expect(!yaml_read("/tmp/leat-unit-no/such.yaml", &value, &diags) && diags.errors == 1 &&
              !value);
    diags_fini(&diags);
}
