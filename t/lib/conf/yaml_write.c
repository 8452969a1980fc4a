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
