/* SPDX-License-Identifier: MIT */
/* lib/conf/yaml.h: what JSON may write is read from YAML too. */
#include "lib/conf/yaml.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "t/fixtures/fixture.h"

TestSuite(yaml_surrogates, .init = scratch_make, .fini = scratch_remove);

/* Returns the file's value as JSON, or NULL if it is not valid. The caller frees it. */
static char *read_text(const char *name, const char *text)
{
    struct json_object *value;
    struct diags diags = {0};
    bool ok;
    char *json = NULL;

    scratch_put(name, text);
    ok = yaml_read(scratch_path(name), &value, &diags);
    if (ok)
        json = strdup(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
    cr_expect_eq(ok, diags.errors == 0, "%s", text);
    json_object_put(value);
    diags_fini(&diags);
    return json;
}

static void expect_json(const char *name, const char *text, const char *want)
{
    char *json = read_text(name, text);

    cr_expect_eq(json != NULL, want != NULL, "%s", text);
    if (json && want)
        cr_expect_str_eq(json, want, "%s", text);
    free(json);
}

/* JSON writes characters beyond U+FFFF as pairs of escapes, and YAML takes JSON's strings. */
Test(yaml_surrogates, reads_pairs_of_surrogates)
{
    static const struct {
        const char *yaml, *json; /* NULL: an error */
    } rows[] = {
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"\"a\\uD83D\\uDE00b\\ud800\\udc00\"", "\"a\xf0\x9f\x98\x80"
                                               "b\xf0\x90\x80\x80\""},
        {"{\"\\uDBFF\\uDFFF\": 1}", "{\"\xf4\x8f\xbf\xbf\":1}"},
        {"a: \"\\ud83d\\ude00\"\nb: \\ud83d\\uDE00",
         "{\"a\":\"\xf0\x9f\x98\x80\",\"b\":\"\\\\ud83d\\\\uDE00\"}"},
        {"- |\n  \\uD83d\\uDe00\n- '\\uD83D\\ude00'",
         "[\"\\\\uD83d\\\\uDe00\\n\",\"\\\\uD83D\\\\ude00\"]"},
        {"[\"\\ud83d\\ude00\", \"\\ue83d\", \xee\xa0\xbd]",
         "[\"\xf0\x9f\x98\x80\",\"\xee\xa0\xbd\",\"\xee\xa0\xbd\"]"},
        {"\"\\\\ud83d\\\\ude00\"", "\"\\\\ud83d\\\\ude00\""},
        {"\"\\\\\\ud83d\\ude00\"", "\"\\\\\xf0\x9f\x98\x80\""},
        {"\"\\ud83d\"", NULL},
        {"\"\\ude00\\ud83d\"", NULL},
        {"\"\\ud83d\\u0041\"", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_json("a.yaml", rows[i].yaml, rows[i].json);
}

Test(yaml_surrogates, skips_a_byte_order_mark)
{
    static const struct {
        const char *name, *text;
    } rows[] = {{"a.yaml", "\xef\xbb\xbf"
                           "a: 1"},
                {"a.json", "\xef\xbb\xbf{\"a\": 1}"},
                {"a", "\xef\xbb\xbf{\"a\": 1}"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_json(rows[i].name, rows[i].text, "{\"a\":1}");
}
