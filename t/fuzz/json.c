/* SPDX-License-Identifier: MIT */
/* The input is JSON text. Both readers must find the same value in it, and that must read back
 * unchanged from its JSON and YAML. */
#include "t/fuzz/fuzz.h"

#include <assert.h>

#include "lib/core/json/jread.h"
#include "lib/schema/equal.h"

enum { DEPTH = 64 };

/* Checks the fault's position against a second count. */
static void check_place(struct slice text, const struct jread_fault *fault)
{
    unsigned line = 1, col = 1;

    assert(fault->message && fault->offset <= text.len);
    for (size_t i = 0; i < fault->offset; i++) {
        col = text.data[i] == '\n' ? 1 : col + 1;
        line += text.data[i] == '\n';
    }
    assert(fault->line == line && fault->col == col);
}

/* Returns whether a key contains NUL, which YAML's reader refuses; json-c's keys hold it as C0 80
 * (jread.h). */
static bool has_nul_key(struct json_object *value)
{
    bool found = false;

    if (json_object_is_type(value, json_type_array))
        for (size_t i = 0; i < json_object_array_length(value) && !found; i++)
            found = has_nul_key(json_object_array_get_idx(value, i));
    if (json_object_is_type(value, json_type_object)) {
        json_object_object_foreach(value, key, member)
        {
            found |= strchr(key, 0xc0) || has_nul_key(member);
        }
    }
    return found;
}

/* Reads an array one item at a time. */
static void check_items(struct slice text, struct json_object *array)
{
    struct json_object *item;
    size_t count = 0;

    for (; jread_item(&text, DEPTH, &item); count++) {
        assert(fuzz_equal(item, json_object_array_get_idx(array, count)));
        json_object_put(item);
    }
    assert(count == json_object_array_length(array));
}

/* Reads it with members left out, and checks that their places hold what `value` has there. */
static void check_lazily(struct slice text, struct json_object *value)
{
    static const struct jread_lazy lazy = {1, "a|b"};
    struct json_object *out, *place, *member, *late;
    struct jread_fault fault;
    bool ok = jread_lazily(text.data, text.len, DEPTH, &lazy, &out, &fault);

    assert(ok || !value);
    if (value && json_object_object_get_ex(value, "a", &member)) {
        assert(json_object_object_get_ex(out, "a", &place));
        late = fuzz_json(jread_at(text.data, place));
        assert(fuzz_equal(late, member));
        if (json_object_is_type(member, json_type_array))
            check_items(jread_at(text.data, place), member);
        json_object_put(late);
    }
    json_object_put(out);
}

/* Checks the reader of jvalues: the same verdict, value and position. */
static void check_value(struct slice text, bool ok, struct json_object *json,
                        const struct jread_fault *want)
{
    struct budget budget = budget_endless();
    struct arena arena = {0};
    struct jread_fault fault;
    struct jvalue value, other;

    assert(jread_value(text, DEPTH, &budget, &arena, &value, &fault) == ok);
    if (ok) {
        other = jvalue_of(&arena, json);
        assert(equal_values(&value, &other, &budget));
        fuzz_rewrite_value(&value);
    } else {
        assert(strcmp(fault.message, want->message) == 0 && fault.offset == want->offset);
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    bool is_json = jread_is_json(text.data, text.len, DEPTH), ok;
    struct json_object *value;
    struct jread_fault fault;

    ok = jread_text(text.data, text.len, DEPTH, "fuzz.json", &value, &fault);
    check_value(text, ok, value, &fault);
    if (!ok) {
        assert(!value && (!is_json || strstr(fault.message, "duplicate")));
        check_place(text, &fault);
        check_lazily(text, NULL);
        return 0;
    }
    assert(is_json);
    check_lazily(text, json_object_is_type(value, json_type_object) ? value : NULL);
    json_object_put(fuzz_rewrite(value));
    files_set("fuzz.json", text);
    if (!has_nul_key(value))
        fuzz_rewrite_yaml(value);
    json_object_put(value);
    return 0;
}
