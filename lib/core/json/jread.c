/* SPDX-License-Identifier: MIT */
/*
 * Builds json-c trees from what jscan.c finds. A container is attached to its parent as soon as it
 * opens, so that a failed scan leaves a single root to free. Values may carry marks; members may be
 * left unread, as the places of their text.
 */
#include "lib/core/json/jread.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/memory.h"
#include "lib/core/json/jscan.h"
#include "lib/core/json/mark.h"

/* An open container, and for an object the member that waits for its value. */
struct jread_frame {
    struct json_object *container;
    struct lh_entry *member;
};

struct builder {
    struct jscan scan;
    struct budget budget;
    const struct jread_lazy *lazy; /* or NULL */
    const char *file;              /* or NULL */
    bool is_plain;                 /* strings must not hold U+0000 */
    struct mark key;               /* the place of the next value's name */
    struct json_object *root;
    struct jread_frame *frames;
    size_t count, room;
};

static unsigned column(const struct jscan *s)
{
    return (unsigned)(s->begin - s->line_start) + 1;
}

/* Adds the value to its parent, or makes it the root. */
static void attach(struct builder *b, struct json_object *value)
{
    struct jread_frame *top = b->count ? &b->frames[b->count - 1] : NULL;

    if (b->file) {
        b->key.file = b->file;
        b->key.line = b->scan.line;
        b->key.col = column(&b->scan);
        mark_set(value, &b->key);
        b->key = (struct mark){0};
    }
    if (!top)
        b->root = value;
    else if (top->member)
        top->member->v = value;
    else
        json_object_array_add(top->container, value);
}

/* Fails the scan if the text holds U+0000 and must not. */
static bool is_fit(struct jscan *s, struct slice text)
{
    if (((struct builder *)s)->is_plain && text.len && memchr(text.data, '\0', text.len))
        return jscan_fail(s, "a string contains U+0000");
    return true;
}

static bool on_scalar(struct jscan *s, const struct jvalue *value)
{
    struct json_object *json = NULL;

    switch ((enum jtype)value->type) {
    case JBOOLEAN:
        json = json_object_new_boolean(value->boolean);
        break;
    case JINTEGER:
        json = json_object_new_int64(value->integer);
        break;
    case JDOUBLE:
        json = json_object_new_double(value->real);
        break;
    case JSTRING:
        if (!is_fit(s, jvalue_text(value)))
            return false;
        json = json_object_new_string_len(value->text, (int)value->size);
        break;
    default:
        break;
    }
    attach((struct builder *)s, json);
    return true;
}

/* Charges for an object of a marked tree, which costs more than the one value that the scanner
 * counts. */
static bool take_object(struct builder *b)
{
    for (int i = 1; i < MARKED_PER_OBJECT; i++)
        if (!budget_value(&b->budget))
            return false;
    return true;
}

static bool on_open(struct jscan *s, enum jtype type)
{
    struct builder *b = (struct builder *)s;
    struct json_object *container =
        type == JOBJECT ? json_object_new_object() : json_object_new_array();

    attach(b, container);
    if (b->file && type == JOBJECT && !take_object(b))
        return false;
    if (b->count == b->room) {
        b->room = b->room ? b->room * 2 : 16;
        b->frames = xreallocarray(b->frames, b->room, sizeof(*b->frames));
    }
    b->frames[b->count++] = (struct jread_frame){container, NULL};
    return true;
}

static bool on_close(struct jscan *s)
{
    ((struct builder *)s)->count--;
    return true;
}

/* Returns the name NUL-terminated, each U+0000 in it encoded for json-c's keys. It lies in
 * s->text. */
static const char *key_text(struct jscan *s, struct slice name)
{
    struct buf key = {0};

    if (!s->is_unescaped) {
        buf_put(&s->text, name.data, name.len);
    } else if (memchr(name.data, '\0', name.len)) {
        for (size_t i = 0; i < name.len; i++)
            buf_put(&key, name.data[i] ? &name.data[i] : "\xc0\x80", name.data[i] ? 1 : 2);
        buf_fini(&s->text);
        s->text = key;
    }
    return buf_text(&s->text);
}

/* Adds the member with null for its value. The entry stays valid until the next member is added. */
static bool on_name(struct jscan *s, struct slice name)
{
    struct builder *b = (struct builder *)s;
    struct jread_frame *top = &b->frames[b->count - 1];
    const char *key;

    if (!is_fit(s, name))
        return false;
    key = key_text(s, name);
    b->key.key_line = s->line;
    b->key.key_col = column(s);
    if (b->file && name.len > MARKED_KEY_MAX) {
        s->at = s->begin;
        return jscan_fail(s, MARKED_LONG_KEY);
    }
    if (json_object_object_get_ex(top->container, key, NULL))
        return jscan_fail(s, "duplicate member name");
    s->passes = b->lazy && s->level == b->lazy->level && slice_is_choice(b->lazy->names, key);
    json_object_object_add_ex(top->container, key, NULL, JSON_C_OBJECT_ADD_KEY_IS_NEW);
    top->member = json_object_get_object(top->container)->tail;
    return true;
}

static bool on_passed(struct jscan *s)
{
    struct json_object *place = json_object_new_array_ext(2);

    json_object_array_add(place, json_object_new_int64(s->begin - s->start));
    json_object_array_add(place, json_object_new_int64(s->at - s->begin));
    attach((struct builder *)s, place);
    return true;
}

static const struct jsink sink = {on_scalar, on_open, on_name, on_close, on_passed};

static void open_builder(struct builder *b, struct slice text, unsigned depth)
{
    *b = (struct builder){.budget = budget_endless()};
    b->scan = jscan_of(text, depth, &sink, &b->budget);
}

/* Returns the tree, owned by the caller, or NULL after a failure. */
static struct json_object *close_builder(struct builder *b, bool ok)
{
    jscan_end(&b->scan);
    free(b->frames);
    if (ok)
        return b->root;
    json_object_put(b->root);
    return NULL;
}

static bool read_all(struct builder *b, struct json_object **out, struct jread_fault *fault)
{
    bool ok = jscan_all(&b->scan);

    *out = close_builder(b, ok);
    if (!ok)
        *fault = jscan_fault(&b->scan);
    if (b->budget.end == BUDGET_VALUES)
        fault->message = MARKED_TOO_MANY;
    return ok;
}

bool jread_text(const char *text, size_t len, unsigned depth, const char *file,
                struct json_object **out, struct jread_fault *fault)
{
    struct builder b;

    open_builder(&b, (struct slice){text, len}, depth);
    if (file) {
        b.file = mark_intern(file);
        b.budget.values = MARKED_VALUES_MAX;
    }
    return read_all(&b, out, fault);
}

bool jread_plain(const char *text, size_t len, unsigned depth, struct json_object **out,
                 struct jread_fault *fault)
{
    struct builder b;

    open_builder(&b, (struct slice){text, len}, depth);
    b.is_plain = true;
    return read_all(&b, out, fault);
}

bool jread_lazily(const char *text, size_t len, unsigned depth, const struct jread_lazy *lazy,
                  struct json_object **out, struct jread_fault *fault)
{
    struct builder b;

    open_builder(&b, (struct slice){text, len}, depth);
    b.lazy = lazy;
    return read_all(&b, out, fault);
}

struct slice jread_at(const char *text, struct json_object *place)
{
    size_t offset = (size_t)json_object_get_int64(json_object_array_get_idx(place, 0));
    size_t size = (size_t)json_object_get_int64(json_object_array_get_idx(place, 1));

    return (struct slice){text + offset, size};
}

bool jread_item(struct slice *rest, unsigned depth, struct json_object **out)
{
    struct builder b;
    struct jscan *s = &b.scan;
    bool ok;

    open_builder(&b, *rest, depth);
    jscan_skip_space(s);
    s->at += s->at < s->end && (*s->at == '[' || *s->at == ',');
    jscan_skip_space(s);
    ok = s->at < s->end && *s->at != ']' && jscan_value(s);
    *rest = (struct slice){s->at, (size_t)(s->end - s->at)};
    *out = close_builder(&b, ok);
    return ok;
}

bool jread_is_json(const char *text, size_t len, unsigned depth)
{
    struct budget budget = budget_endless();
    struct jscan s = jscan_of((struct slice){text, len}, depth, NULL, &budget);
    bool ok = jscan_all(&s);

    jscan_end(&s);
    return ok;
}
