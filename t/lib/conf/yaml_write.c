/* SPDX-License-Identifier: MIT */
#include "lib/conf/yaml_write.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/conf/yaml.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "t/fixtures/fixture.h"

TestSuite(yaml_write, .init = scratch_make, .fini = scratch_remove);

static struct json_object *parse(const char *json)
{
    struct json_object *value = NULL;
    struct jread_fault fault;

    cr_assert(jread_text(json, strlen(json), 64, NULL, &value, &fault), "%s", json);
    return value;
}

static void write_json(const char *json, struct buf *out)
{
    struct json_object *value = parse(json);

    yaml_write(value, out);
    json_object_put(value);
}

Test(yaml_write, looks_as_people_write_it)
{
    static const struct {
        const char *json, *yaml;
    } rows[] = {
        {"{\"b\":1,\"a\":{\"c\":[1,{\"d\":null,\"e\":true}]}}",
         "b: 1\na:\n  c:\n  - 1\n  - d: null\n    e: true\n"},
        {"{\"a\":{},\"b\":[]}", "a: {}\nb: []\n"},
        {"{\"$ref\":\"#/a\"}", "$ref: '#/a'\n"},
        {"{\"200\":\"ok\",\"/a/{b}\":\"c: d\"}", "\"200\": ok\n/a/{b}: 'c: d'\n"},
        {"{\"a\":\"one\\ntwo\\n\"}", "a: |\n  one\n  two\n"},
        {"{\"a\":\"one\\ntwo\"}", "a: |-\n  one\n  two\n"},
        {"{\"a\":\"one\\n\\ntwo\"}", "a: |-\n  one\n\n  two\n"},
        {"{\"a\":\"one\\n\\n\"}", "a: \"one\\n\\n\"\n"},
        {"{\"a\":\" one\\ntwo\"}", "a: \" one\\ntwo\"\n"},
        {"{\"a\":\"\\u00e9\\u20ac\"}", "a: \xc3\xa9\xe2\x82\xac\n"},
        {"{\"a\\u0000b\":1}", "\"a\\0b\": 1\n"},
        {"[1.5,-2,1e21,0.1,9223372036854775807]",
         "- 1.5\n- -2\n- 1.0e+21\n- 0.1\n- 9223372036854775807\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf out = {0};

        write_json(rows[i].json, &out);
        cr_expect_str_eq(buf_text(&out), rows[i].yaml, "%s", rows[i].json);
        buf_fini(&out);
    }
}

/* Whatever YAML 1.1 or 1.2 could take for another type. */
Test(yaml_write, quotes_what_looks_like_something_else)
{
    static const char *const rows[] = {
        "",    "~",   "null",  "Null",       "true", "TRUE", "False",    "yes",  "No",
        "on",  "OFF", "y",     "N",          "1",    "010",  "0o17",     "0x1F", "1_000",
        "1e3", "1.5", "-1",    "+1",         ".5",   ".inf", "-.INF",    ".nan", "1:30",
        "<<",  "=",   "1.0.0", "2026-01-01", "0b1",  "-x",   "12:30:45", "-.5"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *text = json_object_new_string(rows[i]);
        struct buf out = {0}, expected = {0};

        yaml_write(text, &out);
        buf_printf(&expected, "\"%s\"\n", rows[i]);
        cr_expect_str_eq(buf_text(&out), buf_text(&expected));
        buf_fini(&out);
        buf_fini(&expected);
        json_object_put(text);
    }
}

/* Written, and read by lib/conf/yaml.h, it is the same tree. */
Test(yaml_write, reads_back)
{
    static const char *const rows[] = {
        "{}",
        "[]",
        "{\"a\":{},\"b\":[],\"c\":[[],{}],\"d\":[[1,[2]],[{\"e\":[{\"f\":1}]}]]}",
        "{\"\":\"\",\" \":\" \",\"a b\":\"a b \"}",
        "{\"a: b\":\"- c\",\"#\":\"a #b\",\"? x\":\"! y\",\"&\":\"*\",\"%\":\"@`\"}",
        "[\"{\",\"}\",\"[\",\"]\",\",\",\"'\",\"\\\"\",\"\\\\\",\"a'b\",\"---\",\"...\",\"|\",\">"
        "\"]",
        "[\"\\n\",\"\\n\\n\",\"a\\n\",\"\\na\",\"a\\n\\n\",\"a\\n b\",\"a \\nb\",\" "
        "a\\nb\",\"a\\n\\tb\"]",
        "[\"a\\n---\\nb\\n\",\"a\\n...\\nb\",\"- a\\n- b\\n\",\"a\\n#b\\n\",\"a\\n\\n\\nb\\n\"]",
        "[\"\\t\",\"a\\tb\",\"\\r\",\"a\\r\\nb\",\"\\u0000\",\"\\u0001\",\"\\u007f\",\"\\u0085\","
        "\"\\u00a0\"]",
        "[\"\\u2028\",\"a\\u2028b\",\"a\\u2029b\\nc\",\"\\ufeff\",\"a\\ufeffb\","
        "\"\\ud83d\\ude00\"]",
        "{\"\\n\":2,\"a\\nb\":3,\"~\":4,\"yes\":5,\"1\":6,\"<<\":7}",
        "[0,-1,9223372036854775807,-9223372036854775808,0.1,1e300,1e-300,-1.5e-7,1.0,1e21]",
        "[null,true,false,\"null\",\"true\",\"1\",\"1e21\",\"0x10\"]",
        "{\"a\":{\"b\":\"one\\ntwo\\n\"},\"c\":[\"one\\ntwo\",[\"three\\nfour\\n\"]]}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *value = parse(rows[i]), *again = NULL;
        struct buf yaml = {0}, before = {0}, after = {0};
        struct diags diags = {0};

        yaml_write(value, &yaml);
        scratch_put("a.yaml", buf_text(&yaml));
        cr_expect(yaml_read(scratch_path("a.yaml"), &again, &diags), "%s\n%s", rows[i],
                  buf_text(&yaml));
        jwrite_value(&before, value);
        jwrite_value(&after, again);
        cr_expect_str_eq(buf_text(&after), buf_text(&before), "%s", buf_text(&yaml));
        buf_fini(&yaml);
        buf_fini(&before);
        buf_fini(&after);
        diags_fini(&diags);
        json_object_put(value);
        json_object_put(again);
    }
}

/* --- random trees --- */

static uint64_t seed;

static unsigned below(unsigned n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % n;
}

static const char *const pieces[] = {"a",
                                     "Z",
                                     " ",
                                     "  ",
                                     "\n",
                                     "\n\n",
                                     "\t",
                                     "\r\n",
                                     "#",
                                     " #",
                                     ":",
                                     ": ",
                                     "-",
                                     "- ",
                                     "? ",
                                     "!",
                                     "&",
                                     "*",
                                     "|",
                                     ">",
                                     "%",
                                     "@",
                                     "`",
                                     "'",
                                     "\"",
                                     "\\",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     ",",
                                     ", ",
                                     "~",
                                     "null",
                                     "yes",
                                     "No",
                                     "on",
                                     "true",
                                     "0",
                                     "1",
                                     ".",
                                     "e3",
                                     "0x",
                                     "0o7",
                                     "_",
                                     ":30",
                                     "+",
                                     "---",
                                     "...",
                                     "<<",
                                     "=",
                                     "---\n",
                                     ".inf",
                                     ".NaN",
                                     "2026-01-01",
                                     "\x01",
                                     "\x7f",
                                     "\xc2\x80",
                                     "\xc2\x85",
                                     "\xc2\xa0",
                                     "\xc3\xa9",
                                     "\xe2\x80\xa8",
                                     "\xe2\x80\xa9",
                                     "\xef\xbb\xbf",
                                     "\xef\xbf\xbd",
                                     "\xf0\x9f\x98\x80"};

/* Appends pieces that YAML's readers stumble over, alone and together. */
static void random_text(struct buf *out)
{
    for (unsigned n = below(5); n; n--)
        buf_puts(out, pieces[below(sizeof(pieces) / sizeof(*pieces))]);
    if (below(40) == 0)
        buf_putc(out, '\0');
}

static struct json_object *random_number(void)
{
    static const double reals[] = {0.5, -1.5e-7, 1e21, 1e300, 5e-324, 123456.789, -0.25};

    if (below(2))
        return json_object_new_double(reals[below(sizeof(reals) / sizeof(*reals))]);
    return json_object_new_int64(below(2) ? (int64_t)below(1000) - 500 : INT64_MIN + below(9));
}

static struct json_object *random_value(unsigned depth)
{
    unsigned kind = below(depth ? 8 : 6);
    struct json_object *value;
    struct buf text = {0};

    if (kind < 3) {
        random_text(&text);
        value = json_object_new_string_len(text.len ? text.data : "", (int)text.len);
        buf_fini(&text);
        return value;
    }
    if (kind < 6)
        return kind == 3   ? random_number()
               : kind == 4 ? json_object_new_boolean((int)below(2))
                           : NULL;
    value = kind == 6 ? json_object_new_array() : json_object_new_object();
    for (unsigned n = below(5); n; n--) {
        if (kind == 6) {
            json_object_array_add(value, random_value(depth - 1));
            continue;
        }
        text.len = 0;
        random_text(&text);
        json_object_object_add(value, buf_text(&text), random_value(depth - 1));
    }
    buf_fini(&text);
    return value;
}

/* Writes `yaml` to a file and expects the reader to find the tree. */
static void expect_tree(struct buf *yaml, struct json_object *tree)
{
    struct json_object *again = NULL;
    struct buf before = {0}, after = {0};
    struct diags diags = {0};

    scratch_put("a.yaml", buf_text(yaml));
    cr_expect(yaml_read(scratch_path("a.yaml"), &again, &diags), "%s", buf_text(yaml));
    jwrite_value(&before, tree);
    jwrite_value(&after, again);
    cr_expect_str_eq(buf_text(&after), buf_text(&before), "%s", buf_text(yaml));
    buf_fini(&before);
    buf_fini(&after);
    diags_fini(&diags);
    json_object_put(again);
}

Test(yaml_write, reads_back_whatever_it_is)
{
    for (seed = 1; seed < 2000; seed++) {
        uint64_t keep = seed;
        struct json_object *inner = random_value(4), *tree = json_object_new_array();
        struct buf yaml = {0};

        json_object_array_add(tree, inner);
        yaml_write(tree, &yaml);
        expect_tree(&yaml, tree);
        buf_fini(&yaml);
        json_object_put(tree);
        seed = keep;
    }
}

/* A word is the same text as a key, as a value and in flow collections. */
Test(yaml_write, words_fit_where_people_put_them)
{
    for (seed = 1; seed < 2000; seed++) {
        uint64_t keep = seed;
        struct buf text = {0}, word = {0}, yaml = {0};
        struct json_object *tree = json_object_new_object(), *flow = json_object_new_object();
        const char *name;

        random_text(&text);
        name = buf_text(&text);
        json_object_object_add(flow, name, json_object_new_string(name));
        json_object_object_add(tree, "a", flow);
        json_object_object_add(tree, "b", json_object_new_string(name));
        json_object_object_add(tree, name, json_object_new_int(1));
        yaml_write_word(&word, name);
        cr_expect(!memchr(word.data, '\n', word.len), "%s", name);
        if (strcmp(name, "a") != 0) {
            buf_printf(&yaml, "a: {%s: %s}\nb: %s\n", buf_text(&word), buf_text(&word),
                       buf_text(&word));
            buf_printf(&yaml, "%s: 1\n", buf_text(&word));
            expect_tree(&yaml, tree);
        }
        buf_fini(&text);
        buf_fini(&word);
        buf_fini(&yaml);
        json_object_put(tree);
        seed = keep;
    }
}

Test(yaml_write, keeps_long_text_on_its_line)
{
    char text[1001] = "";
    struct json_object *list = json_object_new_array();
    struct buf out = {0};

    for (size_t i = 0; i < 1000; i++)
        text[i] = i % 7 ? 'a' : ' ';
    text[0] = 'a';
    json_object_array_add(list, json_object_new_string(text));
    yaml_write(list, &out);
    cr_expect(out.len == 1003 && memcmp(out.data + 2, text, 1000) == 0);
    buf_fini(&out);
    json_object_put(list);
}

Test(yaml_write, mends_what_is_not_utf8)
{
    struct json_object *text = json_object_new_string("a\xff\xc3");
    struct buf out = {0};

    yaml_write(text, &out);
    cr_expect_str_eq(buf_text(&out), "a\xef\xbf\xbd\xef\xbf\xbd\n");
    buf_fini(&out);
    json_object_put(text);
}
