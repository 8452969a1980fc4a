/* SPDX-License-Identifier: MIT */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/conf/yaml.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jread.h"
#include "lib/core/json/jwrite.h"
#include "lib/conf/yaml_write.h"
#include "lib/schema/equal.h"

enum { FILES_MAX = 8, DEPTH = 1024 };

static struct {
    struct slice name, text;
} files[FILES_MAX];
static size_t file_count;

void files_set(const char *name, struct slice text)
{
    static const char begin[] = "\n=== ";
    const char *end;

    file_count = 0;
    files[file_count++].name = slice_of(name);
    while ((end = memmem(text.data, text.len, begin, sizeof(begin) - 1)) &&
           file_count < FILES_MAX) {
        files[file_count - 1].text = (struct slice){text.data, (size_t)(end + 1 - text.data)};
        text.len -= (size_t)(end - text.data) + sizeof(begin) - 1;
        text.data = end + sizeof(begin) - 1;
        files[file_count++].name = fuzz_line(&text);
    }
    files[file_count - 1].text = text;
}

bool __wrap_file_read(const char *path, size_t limit, struct buf *out);

/* Replaces file_read(). */
bool __wrap_file_read(const char *path, size_t limit, struct buf *out)
{
    for (size_t i = 0; i < file_count; i++) {
        if (!slice_is(files[i].name, path))
            continue;
        errno = EFBIG;
        buf_reserve(out, 1);
        buf_put(out, files[i].text.data, files[i].text.len);
        return files[i].text.len <= limit;
    }
    errno = ENOENT;
    return false;
}

bool __wrap_file_read_regular(const char *path, size_t limit, struct buf *out, struct fault *fault);

/* Replaces file_read_regular(). */
bool __wrap_file_read_regular(const char *path, size_t limit, struct buf *out, struct fault *fault)
{
    return __wrap_file_read(path, limit, out) || fault_set(fault, "%s", strerror(errno));
}

struct slice fuzz_line(struct slice *rest)
{
    return slice_cut(rest, '\n');
}

char *fuzz_copy(struct slice text)
{
    char *copy = malloc(text.len + !text.len);

    assert(copy);
    if (text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

bool fuzz_lies_in(struct slice part, struct slice whole)
{
    return part.data >= whole.data && part.len <= whole.len &&
           (size_t)(part.data - whole.data) <= whole.len - part.len;
}

struct json_object *fuzz_json(struct slice text)
{
    struct json_object *value;
    struct jread_fault fault;

    jread_text(text.data, text.len, DEPTH, NULL, &value, &fault);
    return value;
}

struct budget fuzz_budget(void)
{
    static const struct budget_limits limits = {.values = 600000, .bytes = 64 << 20};

    return budget_for(1 << 20, &limits);
}

bool fuzz_equal(struct json_object *a, struct json_object *b)
{
    struct budget budget = budget_endless();
    struct arena arena = {0};
    struct jvalue one = jvalue_of(&arena, a), other = jvalue_of(&arena, b);
    bool ok = equal_values(&one, &other, &budget);

    arena_fini(&arena);
    return ok;
}

void fuzz_rewrite_value(const struct jvalue *value)
{
    struct budget budget = budget_endless();
    struct arena arena = {0};
    struct jread_fault fault;
    struct jvalue again;
    struct buf text = {0};

    assert(jvalue_write(&text, value, &budget));
    assert(jread_value(buf_slice(&text), DEPTH, &budget, &arena, &again, &fault));
    assert(equal_values(value, &again, &budget));
    buf_fini(&text);
    arena_fini(&arena);
}

struct json_object *fuzz_rewrite(struct json_object *value)
{
    struct json_object *again;
    struct jread_fault fault;
    struct buf text = {0};

    jwrite_value(&text, value);
    assert(jread_text(text.data, text.len, DEPTH, NULL, &again, &fault));
    assert(fuzz_equal(value, again));
    buf_fini(&text);
    return again;
}

void fuzz_rewrite_yaml(struct json_object *value)
{
    struct json_object *again;
    struct diags diags = {0};
    struct buf text = {0};

    yaml_write(value, &text);
    files[0].name = SLICE_LIT("again.yaml");
    files[0].text = buf_slice(&text);
    assert(yaml_read("again.yaml", &again, &diags));
    assert(fuzz_equal(value, again));
    json_object_put(again);
    diags_fini(&diags);
    buf_fini(&text);
    file_count = 0;
}
