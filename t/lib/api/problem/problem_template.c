/* SPDX-License-Identifier: MIT */
#include "lib/api/problem/problem_template.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/json/jread.h"

static struct arena arena;
static struct diags diags;

static void tear_down(void)
{
    arena_fini(&arena);
    diags_fini(&diags);
}

TestSuite(problem_template, .fini = tear_down);

static void write_violations(void *arg, struct buf *out)
{
    buf_puts(out, arg);
}

/* Returns the template with its values, or "" if there is a mistake in it. */
static const char *fill(const char *text, enum problem_place place, const char *error)
{
    char list[] = "[1]";
    struct template_values values = {.violations = write_violations, .arg = list};
    struct buf *out = arena_buf(&arena);
    struct problem_template t;
    struct jread_fault fault;
    struct json_object *json;

    for (size_t i = 0; i < WORD_COUNT; i++)
        values.texts[i] = SLICE_LIT("x");
    values.texts[WORD_STATUS] = SLICE_LIT("404");
    values.texts[WORD_ERROR] = slice_of(error);
    cr_assert(jread_text(text, strlen(text), 64, "a.json", &json, &fault), "%s", text);
    if (template_compile(&t, json, place, "body", &arena, &diags))
        template_write(&t, &values, out);
    json_object_put(json);
    return buf_text(out);
}

Test(problem_template, fills_in_words)
{
    static const struct {
        const char *template, *filled;
    } rows[] = {
        {"{}", "{}"},
        {"[ ]", "[]"},
        {"null", "null"},
        {"\"$status\"", "404"},
        {"\"${status}\"", "\"404\""},
        {"\"$error\"", "\"it\\\"s\""},
        {"\"$violations\"", "[1]"},
        {"[\"$violations\", \"$violations\"]", "[[1],[1]]"},
        {"\"$status $title\"", "\"404 x\""},
        {"\"$status: ${error}s.\"", "\"404: it\\\"ss.\""},
        {"\"${status}${status}\"", "\"404404\""},
        {"\"$$status\"", "\"$status\""},
        {"\"$$$status\"", "\"$404\""},
        {"\"costs $5, or $\"", "\"costs $5, or $\""},
        {"\"$\"", "\"$\""},
        {"\"\"", "\"\""},
        {"\"quo\\\"te \\u0000\\n$code\"", "\"quo\\\"te \\u0000\\nx\""},
        {"{\"$status\": 1.5, \"a\\\"b\": [true, false, null, -7]}",
         "{\"$status\":1.5,\"a\\\"b\":[true,false,null,-7]}"},
        {"{\"a\": {\"b\": [{\"c\": \"$code\"}]}}", "{\"a\":{\"b\":[{\"c\":\"x\"}]}}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(fill(rows[i].template, PROBLEM_BODY, "it\"s"), rows[i].filled);
    cr_expect(diags.errors == 0);
    cr_expect_str_eq(fill("{\"p\": \"$pointer\", \"in\": \"in $in\"}", PROBLEM_ENTRY, ""),
                     "{\"p\":\"x\",\"in\":\"in x\"}");
}

Test(problem_template, names_each_mistake_by_place_and_pointer)
{
    static const char body[] = "$status, $title, $error, $code, $request_id, $violations";
    static const struct {
        const char *template, *pointer, *why;
        enum problem_place place;
    } rows[] = {
        {"\"$stats\"", "", "$stats is not a word; there are ", PROBLEM_BODY},
        {"{\"a\": {\"b/c\": \"$stats\"}}", "/a/b~1c: ", "$stats is not a word; there are ",
         PROBLEM_BODY},
        {"[1, \"$pointer\"]", "/1: ", "$pointer is not a word; there are ", PROBLEM_BODY},
        {"\"$error of $violations\"", "", "$violations cannot be part of a text", PROBLEM_BODY},
        {"\"${violations}\"", "", "$violations cannot be part of a text", PROBLEM_BODY},
        {"\"${error\"", "", "${ has no word and }", PROBLEM_BODY},
        {"\"${}\"", "", "${ has no word and }", PROBLEM_BODY},
        {"\"$violations\"", "",
         "$violations is not a word; there are $status, $title, $error, $code, $request_id, $in, "
         "$pointer, $name, $keyword, $message",
         PROBLEM_ENTRY},
    };
    char expected[400];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool has_list = rows[i].why[strlen(rows[i].why) - 1] == ' ';

        cr_expect_str_eq(fill(rows[i].template, rows[i].place, ""), "");
        snprintf(expected, sizeof(expected), "x-problems: body: %s%s%s", rows[i].pointer,
                 rows[i].why, has_list ? body : "");
        cr_assert(diags.errors == 1, "%s", rows[i].template);
        cr_expect_str_eq(diags.items[0].message, expected);
        cr_expect(strncmp(diags.items[0].where, "a.json:1:", 9) == 0);
        diags_fini(&diags);
        diags = (struct diags){0};
    }
    fill("{\"a\": \"$x\", \"b\": [\"$y\"]}", PROBLEM_BODY, "");
    cr_expect(diags.errors == 2, "all of them");
}

/* Writes `count` times "$code", nested once and after the first by commas. */
static const char *repeated(const char *begin, const char *part, size_t count, const char *end)
{
    struct buf *b = arena_buf(&arena);

    buf_puts(b, begin);
    for (size_t i = 0; i < count; i++)
        buf_puts(b, part);
    buf_puts(b, end);
    return buf_text(b);
}

Test(problem_template, has_limits)
{
    static const struct {
        const char *begin, *part, *end, *what;
        size_t most;
    } rows[] = {
        {"\"", "$code ", "\"", "words", TEMPLATE_WORDS_MAX},
        {"\"", "x", "\"", "bytes", TEMPLATE_BYTES_MAX - 2},
    };
    char expected[120];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        fill(repeated(rows[i].begin, rows[i].part, rows[i].most, rows[i].end), PROBLEM_BODY, "");
        cr_expect(diags.errors == 0, "%s", rows[i].what);
        fill(repeated(rows[i].begin, rows[i].part, rows[i].most + 1, rows[i].end), PROBLEM_BODY,
             "");
        cr_assert(diags.errors == 1, "%s", rows[i].what);
        snprintf(expected, sizeof(expected), " %s", rows[i].what);
        cr_expect(strstr(diags.items[0].message, expected) != NULL);
        diags_fini(&diags);
        diags = (struct diags){0};
    }
    cr_expect(*fill("[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]", PROBLEM_BODY, ""), "16 levels");
    fill("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", PROBLEM_BODY, "");
    cr_expect(diags.errors == 1, "17");
}

Test(problem_template, no_value_breaks_the_json)
{
    static const char *const values[] = {
        "\"}",          "\\",        "\xff\xfe", "\xe2\x82",  "\xc0\x80",
        "\n\t\x01\x1f", "</script>", "$status",  "${status}",
    };
    static const char *const templates[] = {"\"$error\"", "\"a $error b\"", "\"${error}${error}\"",
                                            "{\"a\": [\"$error$status\"]}"};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
        for (size_t k = 0; k < sizeof(templates) / sizeof(*templates); k++) {
            const char *text = fill(templates[k], PROBLEM_BODY, values[i]);
            struct json_object *json = NULL;
            struct jread_fault fault;

            cr_expect(jread_text(text, strlen(text), 8, NULL, &json, &fault), "%s", text);
            json_object_put(json);
        }
}

Test(problem_template, tells_which_word_a_string_is)
{
    static const struct {
        const char *text;
        enum problem_word word;
    } rows[] = {{"$status", WORD_STATUS},   {"$violations", WORD_VIOLATIONS},
                {"${status}", WORD_NONE},   {"$status ", WORD_NONE},
                {"status", WORD_NONE},      {"", WORD_NONE},
                {"$", WORD_NONE},           {"$$status", WORD_NONE},
                {"$message", WORD_MESSAGE}, {"$nothing", WORD_NONE}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *string = json_object_new_string(rows[i].text);

        cr_expect(template_word_of(string) == rows[i].word, "%s", rows[i].text);
        json_object_put(string);
    }
    cr_expect(template_word_of(NULL) == WORD_NONE);
}
