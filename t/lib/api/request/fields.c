/* SPDX-License-Identifier: MIT */
#include "lib/api/request/field.h"

#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "lib/core/buf.h"
#include "lib/core/json/jread.h"

enum { FIELDS_MAX = 64 };

struct fixture {
    struct arena arena;
    struct json_object *json[FIELDS_MAX];
    struct field items[FIELDS_MAX];
    const struct field *fields[FIELDS_MAX];
    size_t count;
    struct field_value out[FIELDS_MAX];
    struct violations v;
};

/* Adds a field; `schema` is JSON with ' for ". */
static struct field *add(struct fixture *f, const char *name, enum style style, bool is_exploded,
                         const char *schema)
{
    struct field *field = &f->items[f->count];
    char *copy = arena_strdup(&f->arena, schema);
    struct jread_fault fault = {0};
    struct schema_set *set = schema_set_new(&f->arena, NULL, NULL, NULL);

    for (char *at = copy; *at; at++)
        if (*at == '\'')
            *at = '"';
    cr_assert(jread_text(copy, strlen(copy), 64, NULL, &f->json[f->count], &fault), "%s: %s",
              schema, fault.message);
    *field = (struct field){.name = arena_strdup(&f->arena, name),
                            .pointer = arena_printf(&f->arena, "/%s", name),
                            .style = style,
                            .is_exploded = is_exploded,
                            .schema = schema_compile(set, "", f->json[f->count], SCHEMA_PLAIN)};
    field->types = schema_types(field->schema);
    schema_set_free(&set);
    f->v.arena = &f->arena;
    f->fields[f->count++] = field;
    return field;
}

static void tear_down(struct fixture *f)
{
    for (size_t i = 0; i < f->count; i++)
        json_object_put(f->json[i]);
    arena_fini(&f->arena);
}

static const char *quote(struct buf *b)
{
    char *at;

    buf_text(b);
    while ((at = strchr(b->data, '"')))
        *at = '\'';
    return b->data;
}

static void put_violations(struct buf *b, const struct violations *v)
{
    for (size_t i = 0; i < v->count && i < VIOLATIONS_MAX; i++) {
        cr_expect_str_eq(v->items[i].in, "query");
        cr_expect(*v->items[i].message);
        buf_printf(b, "%s%s %s", i ? ", " : "", v->items[i].pointer, v->items[i].keyword);
    }
}

/* Expects "a=1 b=[] others": the values sent, with ' for ", and '?' after the name of an empty one;
 * or "pointer keyword, …". */
static void expect(struct fixture *f, const char *text, bool has_others, const char *want)
{
    size_t len = strlen(text);
    char *copy = malloc(len + !len); /* exact size, for the sanitizer */
    struct budget budget = budget_endless();
    struct field_reader reader = {"query", &f->arena, &budget, &f->v};
    struct jvalue others = {.type = JOBJECT};
    struct buf got = {0};
    bool ok;

    memcpy(copy, text, len);
    f->v.count = 0;
    ok = fields_read(f->fields, f->count, (struct slice){copy, len}, &reader, f->out,
                     has_others ? &others : NULL);
    cr_expect(ok == (f->v.count == 0), "%s", text);
    for (size_t i = 0; i < f->count; i++) {
        cr_expect((f->out[i].is_there && ok) || f->out[i].value.type == JNULL, "%s", text);
        if (!ok || !f->out[i].is_there)
            continue;
        buf_printf(&got, "%s%s%s=", got.len ? " " : "", f->fields[i]->name,
                   f->out[i].is_empty ? "?" : "");
        jvalue_write(&got, &f->out[i].value, &budget);
    }
    if (ok && others.size) {
        buf_puts(&got, got.len ? " " : "");
        jvalue_write(&got, &others, &budget);
    }
    put_violations(&got, &f->v);
    cr_expect_str_eq(quote(&got), want, "%s: %s, not %s", text, got.data, want);
    buf_fini(&got);
    free(copy);
}

struct row {
    const char *text, *want;
};

static void run_rows(struct fixture *f, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(f, rows[i].text, false, rows[i].want);
    tear_down(f);
}

#define RUN_ROWS(f, rows) run_rows(f, rows, sizeof(rows) / sizeof(*(rows)))

#define S "{'type':'string'}"
#define I "{'type':'integer'}"
#define A "{'type':'array','items':{'type':'string'}}"
#define AI "{'type':'array','items':{'type':'integer'}}"
#define O                                                                                          \
    "{'type':'object','properties':{'R':{'type':'integer'},'G':{'type':'integer'},"                \
    "'B':{'type':'integer'}}}"
#define COLORS "color=['blue','black','brown']"
#define RGB "color={'R':100,'G':200,'B':150}"

/* OpenAPI 3.1.0, 4.8.12.2. */
Test(fields, reads_what_openapi_writes)
{
    static const struct {
        enum style style;
        bool is_exploded;
        const char *schema, *text, *want;
    } rows[] = {
        {STYLE_FORM, false, S, "color=", "color=''"},
        {STYLE_FORM, false, S, "color=blue", "color='blue'"},
        {STYLE_FORM, false, A, "color=blue,black,brown", COLORS},
        {STYLE_FORM, false, O, "color=R,100,G,200,B,150", RGB},
        {STYLE_FORM, true, S, "color=", "color=''"},
        {STYLE_FORM, true, S, "color=blue", "color='blue'"},
        {STYLE_FORM, true, A, "color=blue&color=black&color=brown", COLORS},
        {STYLE_FORM, true, O, "R=100&G=200&B=150", RGB},
        {STYLE_SPACE_DELIMITED, false, A, "color=blue%20black%20brown", COLORS},
        {STYLE_SPACE_DELIMITED, false, A, "color=blue+black+brown", COLORS},
        {STYLE_SPACE_DELIMITED, false, O, "color=R%20100%20G%20200%20B%20150", RGB},
        {STYLE_SPACE_DELIMITED, true, A, "color=blue&color=black&color=brown", COLORS},
        {STYLE_SPACE_DELIMITED, true, O, "R=100&G=200&B=150", RGB},
        {STYLE_PIPE_DELIMITED, false, A, "color=blue|black%7Cbrown", COLORS},
        {STYLE_PIPE_DELIMITED, false, O, "color=R|100|G|200|B|150", RGB},
        {STYLE_PIPE_DELIMITED, true, A, "color=blue&color=black&color=brown", COLORS},
        {STYLE_DEEP_OBJECT, true, O, "color[R]=100&color[G]=200&color[B]=150", RGB},
        {STYLE_DEEP_OBJECT, false, O, "color%5BR%5D=100&color%5bG]=200&color[B%5d=150", RGB},
        {STYLE_DEEP_OBJECT, true, A, "color=[%22a%22]", "color=['a']"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fixture f = {0};

        add(&f, "color", rows[i].style, rows[i].is_exploded, rows[i].schema);
        expect(&f, rows[i].text, false, rows[i].want);
        tear_down(&f);
    }
}

Test(fields, decodes_forms)
{
    static const struct row rows[] = {
        {"", ""},
        {"&&", ""},
        {"s=a+b%2B%26%3D=", "s='a b+&=='"},
        {"%73=%E2%82%AC&i=%31", "s='\xe2\x82\xac' i=1"},
        {"s", "s=''"},
        {"i=", "/i type"},
        {"i", "/i type"},
        {"=1", "/ unknown"},
        {"x~/y=1&X=2", "/x~0~1y unknown, /X unknown"},
        {"s=%&s%=1&%00=1&i=%ff", "/s encoding,  encoding,  encoding, /i encoding"},
        {"%ff=1&\xc3=2", " encoding,  encoding"},
        {"s=1&s=2&i=x&s=3", "/s repeated, /i type, /s repeated"},
        {"i=x&i=1", "/i type, /i repeated"},
        {"a=1,2&a=3", "/a repeated"},
        {"a=1%2C2,3", "a=['1,2','3']"},
        {"a=", "a=['']"},
        {"e=&e=1", "e=['','1']"},
        {"e=a&e=&e", "e=['a','','']"},
        {"e=%5B%5D", "e=['[]']"},
        {"n=1&n=x&n=3&n=", "/n/1 type, /n/3 type"},
        {"n=1&s=a&n=2&&n=3", "s='a' n=[1,2,3]"},
        {"j=%7B%22a%22%3A%5B1%2C+null%5D%7D", "j={'a':[1,null]}"},
        {"j={}&j={}", "/j repeated"},
        {"j={", "/j type"},
    };
    struct fixture f = {0};

    add(&f, "s", STYLE_FORM, true, S);
    add(&f, "i", STYLE_FORM, true, I);
    add(&f, "a", STYLE_FORM, false, A);
    add(&f, "e", STYLE_FORM, true, A);
    add(&f, "n", STYLE_FORM, true, AI);
    add(&f, "j", STYLE_FORM, true, O)->is_json = true;
    RUN_ROWS(&f, rows);
}

Test(fields, reads_deep_objects)
{
    static const struct row rows[] = {
        {"color[R]=1&color[R]=2", "/color/R repeated"},
        {"color[R]=x&color[G]=y", "/color/R type, /color/G type"},
        {"color[X]=x", "color={'X':'x'}"},
        {"color[T]=[1]", "color={'T':[1]}"},
        {"color[T]=1", "/color/T type"},
        {"color[T][0]=1", "/color type"},
        {"color[]=1", "/color type"},
        {"color[R=1", "/color type"},
        {"color[=1", "/color type"},
        {"color[R]]=1", "/color type"},
        {"color[R]x=1", "/color type"},
        {"color=1", "/color type"},
        {"color", "/color type"},
        {"color=R,1", "/color type"},
        {"color]=1", "/color] unknown"},
        {"[R]=1", "/[R] unknown"},
        {"other[R]=1", "/other[R] unknown"},
        {"s[R]=1", "/s[R] unknown"},
        {"page[size]=5", "page[size]=5"},
        {"color[%00]=5", " encoding"},
    };
    struct fixture f = {0};

    add(&f, "color", STYLE_DEEP_OBJECT, true,
        "{'type':'object','properties':{'R':{'type':'integer'},'G':{'type':'integer'},"
        "'T':{'type':'array'}}}");
    add(&f, "s", STYLE_FORM, true, S);
    add(&f, "page", STYLE_DEEP_OBJECT, true, "{'type':'object'}");
    add(&f, "page[size]", STYLE_FORM, true, I);
    RUN_ROWS(&f, rows);
}

Test(fields, share_names)
{
    static const struct row rows[] = {
        {"R=1&G=2&B=3", "G='2' color={'R':1,'B':3}"},
        {"B=1&X=2", "color={'B':1} other={'X':'2'}"},
        {"R=1&R=2", "/color/R repeated"},
        {"color=1", "free={'color':'1'}"},
        {"y=1&z=2&z=3", "/free/z repeated"},
        {"y=1&z[a]=2", "free={'y':'1','z[a]':'2'}"},
    };
    struct fixture f = {0};

    add(&f, "G", STYLE_FORM, true, S);
    add(&f, "color", STYLE_FORM, true, O);
    add(&f, "other", STYLE_FORM, true, "{'type':'object','properties':{'R':true,'X':true}}");
    add(&f, "closed", STYLE_FORM, true, "{'type':'object','additionalProperties':false}");
    add(&f, "free", STYLE_FORM, true, "{'type':'object'}");
    add(&f, "late", STYLE_FORM, true, "{'type':'object'}");
    RUN_ROWS(&f, rows);
}

Test(fields, may_be_empty)
{
    static const struct row rows[] = {
        {"s=&i&e=", "s?='' i?=null e?=[]"},
        {"s=a&i=1&e=b", "s='a' i=1 e=['b']"},
        {"e=&e=", "e=['','']"},
        {"e&e=a&e", "e=['','a','']"},
        {"e=a&e=", "e=['a','']"},
        {"n=&n=1", "/n/0 type"},
        {"n=", "n?=[]"},
        {"n&n&n", "/n/0 type, /n/1 type, /n/2 type"},
        {"i=&i=", "/i repeated"},
        {"i=+", "/i type"},
        {"deep=", "deep?={}"},
        {"deep=&deep[a]=1", "deep={'a':'1'}"},
        {"deep[a]=1&deep=", "/deep repeated"},
        {"color=", "color?={}"},
        {"color=&R=1", "color={'R':1}"},
        {"color=1", "/color type"},
        {"color=R,1", "/color type"},
        {"color[R]=1", "/color[R] unknown"},
        {"b", "b?=null"},
        {"b=true", "b=true"},
    };
    struct fixture f = {0};

    add(&f, "s", STYLE_FORM, true, S);
    add(&f, "i", STYLE_FORM, true, I);
    add(&f, "e", STYLE_FORM, true, A);
    add(&f, "n", STYLE_FORM, true, AI);
    add(&f, "deep", STYLE_DEEP_OBJECT, true, "{'type':'object'}");
    add(&f, "color", STYLE_FORM, true, O);
    add(&f, "b", STYLE_FORM, true, "{'type':'boolean'}");
    for (size_t i = 0; i < f.count; i++)
        f.items[i].allows_empty = true;
    RUN_ROWS(&f, rows);
}

Test(fields, hand_over_others)
{
    static const struct row rows[] = {
        {"s=1&x=2&y", "s='1' {'x':'2','y':''}"}, {"x=1&x=b+c&x=", "{'x':['1','b c','']}"},
        {"x[a]=1&=2", "{'x[a]':'1','':'2'}"},    {"x=%ff&y=%", "/x encoding, /y encoding"},
        {"x=1&s=1&s=2", "/s repeated"},
    };
    struct fixture f = {0};

    add(&f, "s", STYLE_FORM, true, S);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect(&f, rows[i].text, true, rows[i].want);
    f.count = 0;
    expect(&f, "a=1&b=2", true, "{'a':'1','b':'2'}");
    f.count = 1;
    tear_down(&f);
}

Test(fields, tell_what_was_sent_even_when_it_is_bad)
{
    struct fixture f = {0};
    struct budget budget = budget_endless();
    struct field_reader reader = {"query", &f.arena, &budget, NULL};

    add(&f, "a", STYLE_FORM, true, I);
    add(&f, "b", STYLE_FORM, true, S);
    add(&f, "c", STYLE_DEEP_OBJECT, true, O);
    add(&f, "d", STYLE_FORM, true, S);
    cr_expect(
        !fields_read(f.fields, f.count, SLICE_LIT("a=x&b=1&c[R][G]=1"), &reader, f.out, NULL));
    for (size_t i = 0; i < 4; i++)
        cr_expect(f.out[i].is_there == (i < 3) && f.out[i].value.type == JNULL, "%zu", i);
    tear_down(&f);
}

/* 50 fields, and as many pairs as are allowed. */
Test(fields, bounds_pairs)
{
    struct fixture f = {0};
    struct budget budget = budget_endless();
    struct field_reader reader = {"query", &f.arena, &budget, &f.v};
    struct buf text = {0};
    size_t items = 0;

    for (int i = 0; i < 50; i++)
        add(&f, arena_printf(&f.arena, "field%d", i), STYLE_FORM, true, AI);
    for (int i = 0; i < FIELD_PAIRS_MAX; i++)
        buf_printf(&text, "&&field%d=%d", i % 50, i);
    cr_assert(fields_read(f.fields, f.count, buf_slice(&text), &reader, f.out, NULL));
    for (size_t i = 0; i < f.count; i++) {
        items += f.out[i].value.size;
        cr_expect(f.out[i].value.items[1].integer == (int64_t)i + 50);
    }
    cr_expect(items == FIELD_PAIRS_MAX);
    expect(&f, (buf_puts(&text, "&x=1&y=2"), buf_text(&text)), false, " maxItems");
    expect(&f, (buf_puts(&text, "&"), buf_text(&text)), true, " maxItems");
    buf_fini(&text);
    tear_down(&f);
}

/* Expects only that the sanitizers stay silent, and that a failure has a reason. */
Test(fields, survive_noise)
{
    static const char alphabet[] = "sed===&&&&[]%+5BD7c20{}\"1,|\xc3\xa4\xff";
    struct fixture f = {0};
    unsigned seed = 20261122;

    add(&f, "s", STYLE_FORM, true, S);
    add(&f, "e", STYLE_FORM, true, AI)->allows_empty = true;
    add(&f, "d", STYLE_DEEP_OBJECT, true, "{'type':'object','properties':{'d':{'type':'array'}}}");
    add(&f, "", STYLE_PIPE_DELIMITED, false, A);
    add(&f, "x", STYLE_FORM, true, "{'type':'object','properties':{'c':{'type':'integer'}}}");
    add(&f, "1", STYLE_SPACE_DELIMITED, false, "{'type':'object'}");
    for (int i = 0; i < 5000; i++) {
        struct budget budget = budget_endless();
        struct jvalue others = {.type = JOBJECT};
        size_t len = (size_t)rand_r(&seed) % 40;
        char *text = malloc(len + !len);
        struct arena arena = {0};
        struct field_reader reader = {"query", &arena, &budget, &f.v};

        for (size_t n = 0; n < len; n++)
            text[n] = alphabet[(size_t)rand_r(&seed) % sizeof(alphabet)];
        f.v = (struct violations){.arena = &arena};
        cr_expect(fields_read(f.fields, f.count, (struct slice){text, len}, &reader, f.out,
                              i % 2 ? &others : NULL) == (f.v.count == 0));
        arena_fini(&arena);
        free(text);
    }
    tear_down(&f);
}
