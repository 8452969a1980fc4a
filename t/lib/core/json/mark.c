/* SPDX-License-Identifier: MIT */
#include "lib/core/json/mark.h"

#include <string.h>

#include <criterion/criterion.h>

Test(mark, hangs_on_its_value)
{
    struct json_object *map = json_object_new_object(), *value = json_object_new_int(1);
    struct mark m = {
        .file = mark_intern("a.yaml"), .line = 1, .col = 2, .key_line = 3, .key_col = 4};
    const char *first;

    mark_set(NULL, &m);
    cr_expect(!mark_of(NULL) && !mark_of(value) && !*mark_where(value) && !*mark_key(map, "v"));
    mark_set(value, &m);
    json_object_object_add(map, "v", value);
    cr_expect_str_eq(mark_key(map, "v"), "a.yaml:3:4");
    m.key_line = 0;
    m.line = 9;
    mark_set(value, &m);
    mark_set(map, &m);
    cr_expect_str_eq(mark_where(value), "a.yaml:9:2");
    cr_expect_str_eq(mark_key(map, "v"), "a.yaml:9:2");
    cr_expect_str_eq(mark_key(map, "w"), "a.yaml:9:2");
    first = mark_where(value);
    (void)mark_where(map), (void)mark_where(map), (void)mark_key(map, "v");
    cr_expect_str_eq(first, "a.yaml:9:2", "valid until the fourth next call");
    cr_expect(!*mark_key(NULL, "v") && !*mark_where(NULL));
    json_object_put(map);
}

Test(mark, keeps_one_copy_of_a_name)
{
    char name[] = "b.yaml";
    const char *kept = mark_intern(name);

    name[0] = 'c';
    cr_expect(kept != name && strcmp(kept, "b.yaml") == 0);
    cr_expect(mark_intern("b.yaml") == kept && mark_intern(name) != kept);
}

Test(mark, cuts_long_names)
{
    char name[2000];
    struct json_object *value = json_object_new_int(1);
    struct mark m = {.line = 1, .col = 1};

    memset(name, 'x', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    m.file = mark_intern(name);
    mark_set(value, &m);
    cr_expect(strlen(mark_where(value)) < MARK_TEXT);
    json_object_put(value);
}
