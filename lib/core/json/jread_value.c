/* SPDX-License-Identifier: MIT */
/*
 * Builds jvalues from what jscan.c finds. A container's size is known only when it closes, so its
 * items are kept on a stack until then, and are copied to the arena in one piece of the exact size:
 *
 *     {"a": [1, 2,        ┌ frame { ┬ member "a" ┬ frame [ ┬ 1 ┬ 2 ┬ …   grows
 *
 * A container that fills most of a large stack is not copied: the arena adopts the stack, and what
 * lies below the container moves to a new one. The stack doubles, but never beyond what the rest of
 * the text can still push: 16 bytes for every two bytes of text. So an array of a mebibyte of
 * digits takes 8 MiB and is written once: touching fresh pages costs more than reading the digits.
 */
#include "lib/core/json/jread.h"

#include <assert.h>
#include <stdlib.h>

#include "lib/core/memory.h"
#include "lib/core/json/jindex.h"
#include "lib/core/json/jscan.h"

enum { STACK_FIRST = 2048, STACK_LARGE = 64 << 10, NO_FRAME = -1 };
/* Steps charged for a name, for a name in a large object, and the bytes written per step. */
enum { NAME_STEPS = 2, INDEX_STEPS = 10, MEMORY_PER_STEP = 8 };

/* An open container. Its items or members follow it on the stack. */
struct value_frame {
    ptrdiff_t outer; /* offset of the enclosing frame, or NO_FRAME */
    uint32_t is_object, size;
    struct jindex index; /* used above JVALUE_FEW members; until then slots is NULL */
};

struct value_reader {
    struct jscan scan;
    struct arena *arena;
    char *stack;
    size_t top, room; /* in bytes */
    ptrdiff_t frame;  /* offset of the innermost frame */
    struct jvalue root;
    char first[STACK_FIRST] __attribute__((aligned(16)));
};

static bool grow_stack(struct value_reader *r, size_t size)
{
    size_t rest = (size_t)(r->scan.end - r->scan.at), old = r->room;
    size_t most = r->top + size + rest / 2 * sizeof(struct jvalue) + sizeof(struct value_frame);
    char *grown;

    r->room = old * 2 < most ? old * 2 : most;
    if (r->room < r->top + size)
        r->room = r->top + size;
    if (!budget_take(r->scan.budget, r->room - old))
        return jscan_fail(&r->scan, "too much memory");
    grown = xrealloc(r->stack == r->first ? NULL : r->stack, r->room);
    if (r->stack == r->first)
        memcpy(grown, r->first, r->top);
    r->stack = grown;
    return true;
}

/* Pushes `size` bytes, a multiple of 16. Returns NULL if the memory budget has run out. */
static void *push(struct value_reader *r, size_t size)
{
    assert(size % 16 == 0 && r->top <= r->room);
    if (r->room - r->top < size && !grow_stack(r, size))
        return NULL;
    r->top += size;
    return r->stack + r->top - size;
}

static struct value_frame *top_frame(struct value_reader *r)
{
    assert(r->frame >= 0 && (size_t)r->frame < r->top);
    return (struct value_frame *)(void *)(r->stack + r->frame);
}

static struct jmember *members_of(struct value_frame *f)
{
    return (struct jmember *)(void *)(f + 1);
}

/* Allocates from the arena. Returns NULL if the budget has run out. */
static void *take_room(struct value_reader *r, size_t size)
{
    struct budget *b = r->scan.budget;

    if (budget_take(b, size) && budget_step(b, 1 + size / MEMORY_PER_STEP))
        return arena_alloc(r->arena, size);
    jscan_fail(&r->scan, "too much memory");
    return NULL;
}

/* Makes the current string permanent: it stays in the input or is copied to the arena. */
static bool keep_text(struct value_reader *r, struct slice *text)
{
    char *copy;

    if (!r->scan.is_unescaped)
        return true;
    copy = take_room(r, text->len);
    if (copy)
        memcpy(copy, text->data, text->len);
    text->data = copy;
    return copy != NULL;
}

/* Stores the value: after an array's items, in an object's newest member, or as the whole
 * document. */
static bool deliver_value(struct value_reader *r, const struct jvalue *value)
{
    struct jvalue *item;

    if (r->frame == NO_FRAME) {
        r->root = *value;
    } else if (top_frame(r)->is_object) {
        ((struct jmember *)(void *)(r->stack + r->top) - 1)->value = *value;
    } else {
        item = push(r, sizeof(*item));
        if (!item)
            return false;
        *item = *value;
        top_frame(r)->size++;
    }
    return true;
}

static bool on_scalar(struct jscan *s, const struct jvalue *value)
{
    struct value_reader *r = (struct value_reader *)s;
    struct slice text;
    struct jvalue kept;

    if (value->type != JSTRING || !s->is_unescaped)
        return deliver_value(r, value);
    text = jvalue_text(value);
    if (!keep_text(r, &text))
        return false;
    kept = jvalue_string(text);
    return deliver_value(r, &kept);
}

static bool on_open(struct jscan *s, enum jtype type)
{
    struct value_reader *r = (struct value_reader *)s;
    ptrdiff_t place = (ptrdiff_t)r->top;
    struct value_frame *f = push(r, sizeof(*f));

    if (!f)
        return false;
    *f = (struct value_frame){.outer = r->frame, .is_object = type == JOBJECT};
    r->frame = place;
    return true;
}

static bool is_present(struct value_frame *f, struct slice name, uint32_t hash)
{
    const struct jmember *members = members_of(f);

    if (f->index.slots)
        return jindex_find(&f->index, members, name, hash) != SIZE_MAX;
    for (size_t i = 0; i < f->size; i++)
        if (jmember_is(&members[i], name, hash))
            return true;
    return false;
}

/* Makes the index, or room in it, before one more member is added. */
static bool index_members(struct value_reader *r, struct value_frame *f)
{
    size_t room = f->size < 2 * JVALUE_FEW ? 2 * JVALUE_FEW : 2 * (size_t)f->size;

    if (f->size < JVALUE_FEW || jindex_has_room(&f->index, f->size + 1))
        return true;
    if (!budget_take(r->scan.budget, jindex_size(room)))
        return jscan_fail(&r->scan, "too much memory");
    f->index = jindex_new(r->arena, room, members_of(f), f->size);
    return true;
}

static bool on_name(struct jscan *s, struct slice name)
{
    struct value_reader *r = (struct value_reader *)s;
    uint32_t hash = jvalue_hash(name);
    struct value_frame *f = top_frame(r);
    struct jmember *m;

    if (!budget_step(s->budget, (f->index.slots ? INDEX_STEPS : NAME_STEPS) +
                                    name.len / BUDGET_BYTES_PER_STEP))
        return jscan_fail(s, "too many steps");
    if (is_present(f, name, hash))
        return jscan_fail(s, "duplicate member name");
    if (!keep_text(r, &name) || !index_members(r, f) || !(m = push(r, sizeof(*m))))
        return false;
    f = top_frame(r);
    *m = (struct jmember){name.data, (uint32_t)name.len, hash, {0}};
    if (f->index.slots)
        jindex_add(&f->index, members_of(f), f->size);
    f->size++;
    return true;
}

/* Gives the stack to the arena and moves what is below the frame to a new one. Returns the frame's
 * place in the adopted stack, or NULL if the budget has run out. */
static char *give_stack(struct value_reader *r)
{
    size_t below = (size_t)r->frame;
    char *given;

    assert(r->stack != r->first && r->frame != NO_FRAME && r->top);
    given = xrealloc(r->stack, r->top);
    arena_adopt(r->arena, given, r->top);
    budget_give(r->scan.budget, r->room - r->top);
    r->stack = r->first;
    r->room = sizeof(r->first);
    r->top = 0;
    if (!push(r, below))
        return NULL;
    memcpy(r->stack, given, below);
    return given + below;
}

/* Returns the permanent place of the frame's items, or NULL if the budget has run out. */
static char *keep_items(struct value_reader *r, const struct value_frame *f, size_t bytes)
{
    size_t head = f->index.slots ? sizeof(f->index) : 0;
    const char *items = r->stack + r->frame + sizeof(*f);
    char *to;

    if (bytes >= STACK_LARGE && (size_t)r->frame < bytes / 8) {
        to = give_stack(r);
        to = to ? to + sizeof(*f) - head : NULL;
    } else {
        to = take_room(r, head + bytes);
        if (to)
            memcpy(to + head, items, bytes);
    }
    if (!to)
        return NULL;
    memcpy(to, &f->index, head);
    return to + head;
}

static bool on_close(struct jscan *s)
{
    struct value_reader *r = (struct value_reader *)s;
    struct value_frame f = *top_frame(r);
    struct jvalue value = {.type = f.is_object ? JOBJECT : JARRAY,
                           .is_indexed = f.index.slots != NULL,
                           .size = f.size};

    if (f.size) {
        value.items = (struct jvalue *)(void *)keep_items(
            r, &f, f.size * (f.is_object ? sizeof(struct jmember) : sizeof(struct jvalue)));
        if (!value.items)
            return false;
    }
    r->top = (size_t)r->frame;
    r->frame = f.outer;
    return deliver_value(r, &value);
}

static const struct jsink sink = {on_scalar, on_open, on_name, on_close, NULL};

bool jread_value(struct slice text, unsigned depth, struct budget *budget, struct arena *arena,
                 struct jvalue *out, struct jread_fault *fault)
{
    struct value_reader r;
    bool ok;

    r.scan = jscan_of(text, depth, &sink, budget);
    r.arena = arena;
    r.stack = r.first;
    r.top = 0;
    r.room = sizeof(r.first);
    r.frame = NO_FRAME;
    r.root = (struct jvalue){0};
    ok =
        text.len <= UINT32_MAX ? jscan_all(&r.scan) : jscan_fail(&r.scan, "the string is too long");
    *out = ok ? r.root : (struct jvalue){0};
    if (!ok)
        *fault = jscan_fault(&r.scan);
    budget_give(budget, r.room - sizeof(r.first));
    if (r.stack != r.first)
        free(r.stack);
    jscan_end(&r.scan);
    return ok;
}
