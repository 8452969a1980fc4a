/* SPDX-License-Identifier: MIT */
#include "lib/core/json/jvalue.h"

#include <stdio.h>

#include <json-c/json.h>

#include <criterion/criterion.h>

static struct jvalue integer(int64_t n)
{
    return (struct jvalue){.type = JINTEGER, .integer = n};
}

static const char *name_of(struct arena *arena, int i)
{
    return arena_printf(arena, "m%d", i);
}

static void expect_text(const struct jvalue *v, const char *want)
{
    struct budget budget = budget_endless();
    struct buf text = {0};

    cr_expect(jvalue_write(&text, v, &budget));
    cr_expect_str_eq(buf_text(&text), want);
    buf_fini(&text);
}

/* Around where an object gets an index, and where it moves. */
Test(jvalue, finds_every_member_of_an_object_that_grows)
{
    for (int n = 0; n < 70; n++) {
        struct arena arena = {0};
        struct jvalue object = {.type = JOBJECT};

        for (int i = 0; i < n; i++)
            jvalue_add(&arena, &object, slice_of(name_of(&arena, i)), integer(i));
        cr_expect(object.size == (uint32_t)n);
        for (int i = 0; i < n; i++) {
            struct jvalue *found = jvalue_get(&object, slice_of(name_of(&arena, i)));

            cr_expect(found && found->integer == i, "%d of %d", i, n);
        }
        cr_expect(!jvalue_get(&object, SLICE_LIT("m")) && !jvalue_get(&object, SLICE_LIT("")));
        arena_fini(&arena);
    }
}

Test(jvalue, removes_a_member_and_keeps_the_order)
{
    static const int sizes[] = {1, 3, 16, 17, 40};

    for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
        struct arena arena = {0};
        struct jvalue object = {.type = JOBJECT};
        int n = sizes[k], gone = n / 2;

        for (int i = 0; i < n; i++)
            jvalue_add(&arena, &object, slice_of(name_of(&arena, i)), integer(i));
        cr_expect(jvalue_remove(&object, slice_of(name_of(&arena, gone))));
        cr_expect(!jvalue_remove(&object, slice_of(name_of(&arena, gone))));
        cr_expect(object.size == (uint32_t)n - 1);
        for (int i = 0; i < n; i++) {
            struct jvalue *found = jvalue_get(&object, slice_of(name_of(&arena, i)));

            cr_expect(i == gone ? !found : found && found->integer == i, "%d of %d", i, n);
        }
        for (uint32_t i = 1; i < object.size; i++)
            cr_expect(object.members[i - 1].value.integer < object.members[i].value.integer);
        jvalue_add(&arena, &object, slice_of(name_of(&arena, gone)), integer(gone));
        cr_expect(jvalue_get(&object, slice_of(name_of(&arena, gone))));
        arena_fini(&arena);
    }
}

Test(jvalue, appends_items)
{
    struct arena arena = {0};
    struct jvalue array = {.type = JARRAY};

    for (int i = 0; i < 1000; i++)
        cr_expect(jvalue_append(&arena, &array, integer(i))->integer == i);
    cr_expect(array.size == 1000);
    for (int i = 0; i < 1000; i++)
        cr_assert(array.items[i].integer == i);
    arena_fini(&arena);
}

/* What is no object has no members. */
Test(jvalue, finds_nothing_in_other_values)
{
    struct jvalue values[] = {
        {.type = JNULL},  integer(1),        jvalue_string(SLICE_LIT("a")),
        {.type = JARRAY}, {.type = JOBJECT}, {.type = JBOOLEAN, .boolean = true}};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        cr_expect(!jvalue_get(&values[i], SLICE_LIT("a")));
        cr_expect(!jvalue_remove(&values[i], SLICE_LIT("a")));
    }
}

static const char everything[] =
    "{\"a\":[1,-2.5,true,false,null,\"x\\n\\\"\"],\"b\":{\"c\":{}},\"\":[],\"d\":1e+22}";

Test(jvalue, copies_values_of_json_c)
{
    struct json_object *json = json_tokener_parse(everything);
    struct arena arena = {0};
    struct jvalue value = jvalue_of(&arena, json);

    json_object_put(json);
    expect_text(&value, everything);
    cr_expect(jvalue_get(&value, SLICE_LIT("b")) && jvalue_get(&value, SLICE_LIT("")));
    arena_fini(&arena);
}

/* json-c's keys have C0 80 for it: jread.h. */
Test(jvalue, has_names_with_a_nul)
{
    struct json_object *json = json_object_new_object();
    struct arena arena = {0};
    struct jvalue value;

    json_object_object_add(json, "a\xc0\x80z", json_object_new_int(1));
    json_object_object_add(json, "\xc0\x80", NULL);
    value = jvalue_of(&arena, json);
    json_object_put(json);
    cr_expect(jvalue_get(&value, SLICE_LIT("a\0z")) && jvalue_get(&value, SLICE_LIT("\0")));
    cr_expect(!jvalue_get(&value, SLICE_LIT("a")));
    expect_text(&value, "{\"a\\u0000z\":1,\"\\u0000\":null}");
    arena_fini(&arena);
}

/* A default stands in many values: what one of them adds, the others must not get. */
Test(jvalue, moves_a_copied_container_before_it_changes)
{
    static const int sizes[] = {0, 1, 3, 4, 5, 16, 20};

    for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
        struct json_object *json = json_object_new_object(), *list = json_object_new_array();
        struct arena arena = {0};
        struct jvalue object, one, items, more;

        for (int i = 0; i < sizes[k]; i++) {
            json_object_object_add(json, name_of(&arena, i), json_object_new_int(i));
            json_object_array_add(list, json_object_new_int(i));
        }
        one = object = jvalue_of(&arena, json);
        more = items = jvalue_of(&arena, list);
        json_object_put(json);
        json_object_put(list);
        jvalue_add(&arena, &one, SLICE_LIT("x"), integer(1));
        jvalue_append(&arena, &more, integer(1));
        cr_expect(jvalue_get(&one, SLICE_LIT("x")) && !jvalue_get(&object, SLICE_LIT("x")));
        cr_expect(object.members != one.members && items.items != more.items);
        cr_expect(one.size == object.size + 1 && more.size == items.size + 1);
        arena_fini(&arena);
    }
}

Test(jvalue, stops_writing_when_the_budget_ends)
{
    struct json_object *json = json_tokener_parse(everything);
    struct arena arena = {0};
    struct jvalue value = jvalue_of(&arena, json);
    struct budget all = budget_endless(), some;
    struct buf text = {0};
    uint64_t steps;

    cr_expect(jvalue_write(&text, &value, &all));
    steps = UINT64_MAX - all.steps;
    for (uint64_t i = 0; i <= steps; i++) {
        some = budget_endless();
        some.steps = i;
        text.len = 0;
        cr_expect(jvalue_write(&text, &value, &some) == (i == steps));
        cr_expect(some.end == (i == steps ? BUDGET_ENOUGH : BUDGET_STEPS));
    }
    json_object_put(json);
    buf_fini(&text);
    arena_fini(&arena);
}
