/* SPDX-License-Identifier: MIT */
/*
 * A JSON value as a request carries it: compact, in one arena, never freed in parts. A value takes
 * 16 bytes and a member 32, so a body costs a small multiple of its own size. (json-c trees, used
 * for documents and configuration, cost up to 250 times as much: an empty object is a hash table of
 * 16 slots.)
 *
 *     {"title": "Milk", "sizes": [1, 2.5]}
 *
 *     object 2 ──▶ ┌──────────┬────────────────┐
 *                  │ "title"  │ string "Milk"  │
 *                  │ "sizes"  │ array 2 ───────┼──▶ ┌ integer 1 ┬ double 2.5 ┐
 *                  └──────────┴────────────────┘    └───────────┴────────────┘
 *
 * Strings and names without escapes lie in the input text, which must outlive the value; the others
 * are copied to the arena. Members keep their order. A name may hold any byte, also NUL. An object
 * of more than JVALUE_FEW members has an index, so that lookups are never linear.
 *
 * Copies of the struct share what it points to. A container that was read, or made by jvalue_of(),
 * is never changed in place: the first append or add moves it, so that many values can share one
 * default. Numbers are as in jread.h: exact integers within int64, otherwise finite doubles.
 */
#ifndef LEAT_CORE_JSON_JVALUE_H
#define LEAT_CORE_JSON_JVALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/core/arena.h"
#include "lib/core/budget.h"
#include "lib/core/buf.h"
#include "lib/core/hash.h"
#include "lib/core/slice.h"

struct json_object;

enum jtype { JNULL, JBOOLEAN, JINTEGER, JDOUBLE, JSTRING, JARRAY, JOBJECT };

enum { JVALUE_FEW = 16 };

struct jmember;

struct jvalue {
    uint8_t type;      /* enum jtype; the zero value is null */
    uint8_t room_log2; /* a grown container has room for 2^room_log2; 0 means for `size` */
    bool is_indexed;   /* for objects, see jvalue.c */
    uint32_t size;     /* bytes of a string, items of an array, members of an object */
    union {
        bool boolean;
        int64_t integer;
        double real;
        const char *text; /* not terminated */
        struct jvalue *items;
        struct jmember *members;
    };
};

struct jmember {
    const char *name; /* not terminated */
    uint32_t len;
    uint32_t hash; /* jvalue_hash() of the name */
    struct jvalue value;
};

static inline struct slice jvalue_text(const struct jvalue *v)
{
    return (struct slice){v->text, v->size};
}

static inline struct slice jmember_name(const struct jmember *m)
{
    return (struct slice){m->name, m->len};
}

static inline bool jvalue_is_number(const struct jvalue *v)
{
    return v->type == JINTEGER || v->type == JDOUBLE;
}

static inline uint32_t jvalue_hash(struct slice name)
{
    return (uint32_t)hash_bytes(0, name);
}

/* Returns the member with that name, or NULL if `v` is not an object or has none. `hash` is
 * jvalue_hash() of the name, for callers that know it already. */
struct jvalue *jvalue_get(const struct jvalue *v, struct slice name);
struct jvalue *jvalue_find(const struct jvalue *v, struct slice name, uint32_t hash);

/* --- Making values. They lie in the arena, or borrow what must outlive it. --- */

static inline struct jvalue jvalue_string(struct slice text)
{
    return (struct jvalue){.type = JSTRING, .size = (uint32_t)text.len, .text = text.data};
}

/* Appends an item and returns its place, valid until the next append. */
struct jvalue *jvalue_append(struct arena *arena, struct jvalue *array, struct jvalue item);
/* Adds a member whose name must be new and returns its value's place, valid until the next add. */
struct jvalue *jvalue_add(struct arena *arena, struct jvalue *object, struct slice name,
                          struct jvalue value);
/* Removes the member in place, keeping the order of the others. No other value may share the
 * object. Returns false if there is no member of that name. */
bool jvalue_remove(struct jvalue *object, struct slice name);
/* Copies a json-c value (a default, a constant, a claim), which may be freed afterwards. */
struct jvalue jvalue_of(struct arena *arena, struct json_object *json);
/* Copies a json-c key and decodes C0 80 to NUL (see jread.h). */
struct slice jvalue_name(struct arena *arena, const char *key);

/* Appends the value as compact JSON. Returns false if the budget ended, and the text is then cut
 * off. */
bool jvalue_write(struct buf *out, const struct jvalue *v, struct budget *budget);

#endif
