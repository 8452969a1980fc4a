/* SPDX-License-Identifier: MIT */
#include "lib/api/request/field.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/core/json/jread.h"

/* Parses the text of the rows below, with ' for ". */
static struct json_object *parse(const char *text)
{
    char copy[512];
    struct json_object *value = NULL;
    struct jread_fault fault = {0};

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    cr_assert(jread_text(copy, strlen(copy), 64, NULL, &value, &fault), "%s: %s", text,
              fault.message);
    return value;
}

struct fixture {
    struct arena arena;
    struct json_object *json;
    struct field field;
    struct violations v;
};

static void set_up(struct fixture *f, enum style style, bool is_exploded, const char *schema)
{
    struct schema_set *set;

    *f = (struct fixture){.json = parse(schema)};
    set = schema_set_new(&f->arena, NULL, NULL, NULL);
    f->field = (struct field){.name = "color",
                              .pointer = "/color",
                              .style = style,
                              .is_exploded = is_exploded,
                              .schema = schema_compile(set, "", f->json, SCHEMA_PLAIN)};
    f->field.types = schema_types(f->field.schema);
    f->v.arena = &f->arena;
    schema_set_free(&set);
}

static void tear_down(struct fixture *f)
{
    json_object_put(f->json);
    arena_fini(&f->arena);
}

/* Expects JSON with ' for "; or, for an invalid value, "pointer keyword". Feeds an exact-size copy,
 * so that a sanitizer finds an overrun. */
static void expect(struct fixture *f, struct slice text, bool is_encoded, const char *want)
{
    char *copy = malloc(text.len + !text.len), *at;
    struct budget budget = budget_endless();
    struct field_reader reader = {"path", &f->arena, &budget, &f->v};
    struct jvalue value = {0};
    struct buf got = {0};

    memcpy(copy, text.data, text.len);
    if (field_read(&f->field, (struct slice){copy, text.len}, is_encoded, &reader, &value)) {
        cr_expect(f->v.count == 0, "%s: %zu violations", text.data, f->v.count);
        jvalue_write(&got, &value, &budget);
    } else {
        cr_expect(f->v.count > 0 && value.type == JNULL, "%s: no violation", text.data);
        for (size_t i = 0; i < f->v.count && i < VIOLATIONS_MAX; i++) {
            cr_expect_str_eq(f->v.items[i].in, "path");
            cr_expect(*f->v.items[i].message);
            buf_printf(&got, "%s%s %s", i ? ", " : "", f->v.items[i].pointer,
                       f->v.items[i].keyword);
        }
    }
    buf_text(&got);
    while ((at = strchr(got.data, '"')))
        *at = '\'';
    cr_expect(strcmp(got.data, want) == 0, "style %d: %s: %s, not %s", (int)f->field.style,
              text.data, got.data, want);
    buf_fini(&got);
    free(copy);
}

struct row {
    enum style style;
    bool is_exploded;
    const char *schema, *text, *want;
};

enum { PLAIN = 0, ENCODED = 1, JSON = 2, MAY_BE_EMPTY = 4 };

static void run_rows(const struct row *rows, size_t count, int mode)
{
    for (size_t i = 0; i < count; i++) {
        struct fixture f;

        set_up(&f, rows[i].style, rows[i].is_exploded, rows[i].schema);
        f.field.is_json = mode & JSON;
        f.field.allows_empty = mode & MAY_BE_EMPTY;
        expect(&f, slice_of(rows[i].text), mode & ENCODED, rows[i].want);
        tear_down(&f);
    }
}

#define RUN_ROWS(rows, mode) run_rows(rows, sizeof(rows) / sizeof(*(rows)), mode)

#define S "{'type':'string'}"
#define I "{'type':'integer'}"
#define A "{'type':'array','items':{'type':'string'}}"
#define AI "{'type':'array','items':{'type':'integer'}}"
#define O                                                                                          \
    "{'type':'object','properties':{'R':{'type':'integer'},'G':{'type':'integer'},"                \
    "'B':{'type':'integer'}}}"
#define COLORS "['blue','black','brown']"
#define RGB "{'R':100,'G':200,'B':150}"

Test(field, parses_styles)
{
    static const char *const names[] = {"simple",         "label",         "matrix",    "form",
                                        "spaceDelimited", "pipeDelimited", "deepObject"};

    for (int i = 0; i < STYLE_COUNT; i++)
        cr_expect(style_parse(names[i]) == (enum style)i, "%s", names[i]);
    cr_expect(style_parse("Form") == STYLE_COUNT && style_parse("") == STYLE_COUNT);
}

/* OpenAPI 3.1.0, 4.8.12.2, and RFC 6570 where that table deviates from it. */
Test(field, reads_what_openapi_writes)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, false, S, "blue", "'blue'"},
        {STYLE_SIMPLE, false, A, "blue,black,brown", COLORS},
        {STYLE_SIMPLE, false, O, "R,100,G,200,B,150", RGB},
        {STYLE_SIMPLE, true, S, "blue", "'blue'"},
        {STYLE_SIMPLE, true, A, "blue,black,brown", COLORS},
        {STYLE_SIMPLE, true, O, "R=100,G=200,B=150", RGB},
        {STYLE_LABEL, false, S, ".blue", "'blue'"},
        {STYLE_LABEL, false, A, ".blue.black.brown", COLORS},
        {STYLE_LABEL, false, A, ".blue,black,brown", COLORS},
        {STYLE_LABEL, false, O, ".R.100.G.200.B.150", RGB},
        {STYLE_LABEL, false, O, ".R,100,G,200,B,150", RGB},
        {STYLE_LABEL, true, S, ".blue", "'blue'"},
        {STYLE_LABEL, true, A, ".blue.black.brown", COLORS},
        {STYLE_LABEL, true, O, ".R=100.G=200.B=150", RGB},
        {STYLE_MATRIX, false, S, ";color=blue", "'blue'"},
        {STYLE_MATRIX, false, A, ";color=blue,black,brown", COLORS},
        {STYLE_MATRIX, false, O, ";color=R,100,G,200,B,150", RGB},
        {STYLE_MATRIX, true, S, ";color=blue", "'blue'"},
        {STYLE_MATRIX, true, A, ";color=blue;color=black;color=brown", COLORS},
        {STYLE_MATRIX, true, O, ";R=100;G=200;B=150", RGB},
        {STYLE_FORM, false, S, "blue", "'blue'"},
        {STYLE_FORM, false, A, "blue,black,brown", COLORS},
        {STYLE_FORM, false, O, "R,100,G,200,B,150", RGB},
        {STYLE_FORM, true, A, "blue,black,brown", COLORS},
        {STYLE_SPACE_DELIMITED, false, A, "blue%20black%20brown", COLORS},
        {STYLE_SPACE_DELIMITED, false, O, "R%20100%20G%20200%20B%20150", RGB},
        {STYLE_PIPE_DELIMITED, false, A, "blue|black|brown", COLORS},
        {STYLE_PIPE_DELIMITED, false, O, "R|100|G|200|B|150", RGB},
        {STYLE_LABEL, false, S, ".", "''"},
        {STYLE_LABEL, true, S, ".", "''"},
        {STYLE_MATRIX, false, S, ";color", "''"},
        {STYLE_MATRIX, true, S, ";color", "''"},
    };

    RUN_ROWS(rows, ENCODED);
}

Test(field, finds_delimiters_before_it_decodes)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, false, A, "a%2Cb,c", "['a,b','c']"},
        {STYLE_SIMPLE, true, "{'type':'object'}", "%52=a%2Cb%3D,c=d=e", "{'R':'a,b=','c':'d=e'}"},
        {STYLE_LABEL, true, A, ".a%2Eb.c", "['a.b','c']"},
        {STYLE_LABEL, false, S, ".a.b", "'a.b'"},
        {STYLE_LABEL, false, A, ".a.b,c", "['a.b','c']"},
        {STYLE_MATRIX, true, A, ";c%6Flor=a%3Bb;color=c", "['a;b','c']"},
        {STYLE_MATRIX, false, S, ";color=a%3bb", "'a;b'"},
        {STYLE_MATRIX, false, S, ";color=a=b", "'a=b'"},
        {STYLE_SPACE_DELIMITED, false, A, "a+b%20c d,%2B", "['a','b','c','d,+']"},
        {STYLE_PIPE_DELIMITED, false, A, "a|b%7Cc%7cd%2C+", "['a','b','c','d,+']"},
        {STYLE_SIMPLE, false, A, "a%7Cb%20c|d", "['a|b c|d']"},
        {STYLE_SIMPLE, false, S, "a+b%2B,c", "'a+b+,c'"},
        {STYLE_SIMPLE, false, A, "%C3%A4,\xc3\xa4", "['\xc3\xa4','\xc3\xa4']"},
    };

    RUN_ROWS(rows, ENCODED);
}

Test(field, reads_headers_and_cookies_as_they_are)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, false, S, "a%20b+c", "'a%20b+c'"},
        {STYLE_SIMPLE, false, A, "a , b,\tc%2C", "['a','b','c%2C']"},
        {STYLE_SIMPLE, false, AI, "1, 2", "[1,2]"},
        {STYLE_SIMPLE, true, O, "R=1, G=2", "{'R':1,'G':2}"},
        {STYLE_SIMPLE, false, S, "%", "'%'"},
        {STYLE_PIPE_DELIMITED, false, A, "a|b%7Cc", "['a','b%7Cc']"},
        {STYLE_SIMPLE, false, S, "\xe4", "/color encoding"},
    };

    RUN_ROWS(rows, PLAIN);
}

Test(field, finds_the_shape)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, false, I, "%31%32", "12"},
        {STYLE_SIMPLE, false, "{}", "1,2", "'1,2'"},
        {STYLE_SIMPLE, false, "true", "null", "'null'"},
        {STYLE_SIMPLE, false, "false", "a", "/color type"},
        {STYLE_SIMPLE, false, "{'enum':['1','a']}", "1", "'1'"},
        {STYLE_SIMPLE, false, "{'enum':['a,b']}", "a,b", "'a,b'"},
        {STYLE_SIMPLE, false, "{'type':['object','array']}", "a,b", "['a','b']"},
        {STYLE_SIMPLE, false, "{'type':['string','array']}", "a", "['a']"},
        {STYLE_SIMPLE, false, "{'type':['string','object']}", "a,b", "{'a':'b'}"},
    };

    RUN_ROWS(rows, ENCODED);
}

Test(field, names_the_bad_item)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, false, AI, "1,x,3,y", "/color/1 type, /color/3 type"},
        {STYLE_SIMPLE, false, AI, "x,%zz,1,%ff",
         "/color/0 type, /color/1 encoding, "
         "/color/3 encoding"},
        {STYLE_SIMPLE, false, AI, "1,", "/color/1 type"},
        {STYLE_SIMPLE, false, AI, "", "/color/0 type"},
        {STYLE_SIMPLE, false, A, "", "['']"},
        {STYLE_SIMPLE, false, A, ",", "['','']"},
        {STYLE_SIMPLE, false, "{'type':'array'}", "1,true", "['1','true']"},
        {STYLE_SIMPLE, false, "{'type':'array','items':{'type':['integer','null']}}", "1,,null",
         "[1,null,null]"},
        {STYLE_SIMPLE, false, O, "R,1,G", "/color type"},
        {STYLE_SIMPLE, false, O, "", "/color type"},
        {STYLE_SIMPLE, true, O, "", "/color type"},
        {STYLE_SIMPLE, false, O, ",1", "/color type"},
        {STYLE_SIMPLE, false, O, "R,x,G,y", "/color/R type, /color/G type"},
        {STYLE_SIMPLE, false, O, "R,1,R,2", "/color/R repeated"},
        {STYLE_SIMPLE, true, O, "R=1,%52=2", "/color/R repeated"},
        {STYLE_SIMPLE, true, O, "R", "/color/R type"},
        {STYLE_SIMPLE, true, O, "X=1,Y", "{'X':'1','Y':''}"},
        {STYLE_SIMPLE, true, O, "%=1", "/color encoding"},
        {STYLE_SIMPLE, true, "{'properties':{'a~/b':{'type':'integer'}},'type':'object'}",
         "a~%2Fb=x", "/color/a~0~1b type"},
        {STYLE_LABEL, false, S, "blue", "/color type"},
        {STYLE_LABEL, false, S, "", "/color type"},
        {STYLE_MATRIX, false, S, "color=blue", "/color type"},
        {STYLE_MATRIX, false, S, ";colour=blue", "/color type"},
        {STYLE_MATRIX, false, S, ";color=a;color=b", "/color repeated"},
        {STYLE_MATRIX, false, A, ";color=a,b;color=c", "/color repeated"},
        {STYLE_MATRIX, true, A, ";color=a;x=b", "/color type"},
        {STYLE_MATRIX, true, AI, ";color=1;color=b", "/color/1 type"},
        {STYLE_MATRIX, true, O, ";R=1;R=2", "/color/R repeated"},
        {STYLE_MATRIX, true, O, ";", "/color type"},
    };

    RUN_ROWS(rows, ENCODED);
}

Test(field, refuses_what_is_no_text)
{
    static const char *const rows[] = {"%",    "%4",      "a%0gb",        "%00",       "a%00b",
                                       "%ff",  "%c3",     "\xc3",         "%ed%a0%80", "%c0%80",
                                       "\xff", "a%c3%28", "%f4%90%80%80", "%e4b",      "%1"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        run_rows(&(struct row){STYLE_SIMPLE, false, S, rows[i], "/color encoding"}, 1, ENCODED);
        run_rows(&(struct row){STYLE_SIMPLE, false, I, rows[i], "/color encoding"}, 1, ENCODED);
        run_rows(&(struct row){STYLE_SIMPLE, false, A, rows[i], "/color/0 encoding"}, 1, ENCODED);
    }
}

Test(field, refuses_a_nul_that_is_not_escaped)
{
    struct fixture f;

    set_up(&f, STYLE_SIMPLE, false, S);
    expect(&f, (struct slice){"a\0b", 3}, false, "/color encoding");
    tear_down(&f);
}

Test(field, reads_json)
{
    static const struct row rows[] = {
        {STYLE_LABEL, true, O, "{%22R%22:1,%20%22a%22:[%22%2B+%22]}", "{'R':1,'a':['++']}"},
        {STYLE_LABEL, true, I, "1", "1"},
        {STYLE_LABEL, true, I, "null", "null"},
        {STYLE_LABEL, true, S, "%22a%22", "'a'"},
        {STYLE_LABEL, true, S, "a", "/color type"},
        {STYLE_LABEL, true, S, "", "/color type"},
        {STYLE_LABEL, true, O, "{%22a%22:1,%22a%22:2}", "/color type"},
        {STYLE_LABEL, true, O, "%22%ff%22", "/color encoding"},
        {STYLE_LABEL, true, O, "{%00}", "/color encoding"},
    };

    RUN_ROWS(rows, ENCODED | JSON);
}

Test(field, reads_nested_values_as_json)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, true, "{'type':'object','properties':{'a':{'type':'array'}}}",
         "a=[1%2C{}],b=[]", "{'a':[1,{}],'b':'[]'}"},
        {STYLE_SIMPLE, false, "{'type':'array','items':{'type':'object'}}",
         "{%22a%22:1},{%22b%22:[2%2C3]}", "[{'a':1},{'b':[2,3]}]"},
        {STYLE_SIMPLE, false, "{'type':'array','items':{'type':'object'}}", "[],{},1",
         "/color/0 type, /color/2 type"},
        {STYLE_SIMPLE, false, "{'type':'array','items':{'type':['array','string']}}", "[1],[1,{}",
         "[[1],'[1','{}']"},
    };

    RUN_ROWS(rows, ENCODED);
}

Test(field, may_be_empty)
{
    static const struct row rows[] = {
        {STYLE_FORM, false, S, "", "''"},         {STYLE_FORM, false, I, "", "null"},
        {STYLE_FORM, false, "{}", "", "''"},      {STYLE_FORM, false, A, "", "[]"},
        {STYLE_FORM, false, O, "", "{}"},         {STYLE_FORM, false, AI, "1,", "/color/1 type"},
        {STYLE_LABEL, false, A, ".", "[]"},       {STYLE_LABEL, false, A, "", "/color type"},
        {STYLE_MATRIX, false, A, ";color", "[]"}, {STYLE_MATRIX, false, A, ";color=", "[]"},
    };

    RUN_ROWS(rows, ENCODED | MAY_BE_EMPTY);
}

/* %d is the number of the part. */
Test(field, bounds_items)
{
    static const struct row rows[] = {
        {STYLE_SIMPLE, false, A, "%d,", "/color maxItems"},
        {STYLE_MATRIX, true, A, ";color=%d", "/color maxItems"},
        {STYLE_SIMPLE, false, "{'type':'object'}", "%d,1,", "/color maxProperties"},
        {STYLE_SIMPLE, true, "{'type':'object'}", "%d=1,", "/color maxProperties"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf text = {0};
        struct budget budget = budget_endless();
        struct field_reader reader = {.in = "path", .budget = &budget};
        struct jvalue value;
        struct fixture f;
        const char *at = strchr(rows[i].text, '%');
        bool has_comma = at[strlen(at) - 1] == ',';

        set_up(&f, rows[i].style, rows[i].is_exploded, rows[i].schema);
        reader.arena = &f.arena;
        for (int k = 1; k <= FIELD_ITEMS_MAX + 1; k++) {
            if (k > FIELD_ITEMS_MAX)
                cr_expect(field_read(&f.field, (struct slice){text.data, text.len - has_comma},
                                     true, &reader, &value));
            buf_put(&text, rows[i].text, (size_t)(at - rows[i].text));
            buf_printf(&text, "%d%s", k, at + 2);
        }
        cr_expect(value.size == FIELD_ITEMS_MAX);
        text.len -= has_comma;
        expect(&f, slice_of(buf_text(&text)), true, rows[i].want);
        buf_fini(&text);
        tear_down(&f);
    }
}

/* Expects only that the sanitizers stay silent, and that a failure has a reason. */
Test(field, survives_noise)
{
    static const char alphabet[] = ",;.=|+ %2C%7c%20[]{}\"\\color1-eEtrufalsn\xc3\xa4\xff%&~/";
    static const char *const schemas[] = {S, I, A, AI, O, "{}", "{'type':'object'}"};
    unsigned seed = 20261122;

    for (size_t k = 0; k < 7; k++)
        for (int style = 0; style < 2 * STYLE_COUNT; style++) {
            struct fixture f;

            set_up(&f, (enum style)(style / 2), style % 2, schemas[k]);
            for (int i = 0; i < 200; i++) {
                size_t len = (size_t)rand_r(&seed) % 24;
                char *text = malloc(len + !len);
                struct budget budget = budget_endless();
                struct field_reader reader = {"path", &f.arena, &budget, &f.v};
                struct jvalue value;

                for (size_t n = 0; n < len; n++)
                    text[n] = alphabet[(size_t)rand_r(&seed) % sizeof(alphabet)];
                f.v.count = 0;
                f.field.is_json = i % 5 == 4;
                cr_expect(field_read(&f.field, (struct slice){text, len}, i % 2, &reader, &value) ==
                          (f.v.count == 0));
                free(text);
            }
            tear_down(&f);
        }
}
