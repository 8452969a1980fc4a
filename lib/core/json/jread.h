/* SPDX-License-Identifier: MIT */
/*
 * Strict readers of JSON (RFC 8259). json-c's own tokener accepts NaN, single quotes, leading zeros
 * and duplicate keys. Also refused: invalid UTF-8, lone surrogates, numbers beyond double. Integers
 * are exact within int64; beyond it they become doubles.
 *
 *     what a request carries           jread_value()     a jvalue, within a budget
 *     documents, configuration, claims jread_text()      a json-c tree
 *     what may be large and not needed jread_lazily()    a json-c tree with places in it
 *     whatever only has to be JSON     jread_is_json()   nothing
 *
 * In a json-c tree a member name that holds \u0000, which json-c's keys cannot, has the two bytes
 * C0 80 for it, which no valid UTF-8 holds; jwrite writes them back.
 */
#ifndef LEAT_CORE_JSON_JREAD_H
#define LEAT_CORE_JSON_JREAD_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/json/jvalue.h"
#include "lib/core/slice.h"

struct jread_fault {
    const char *message; /* static */
    size_t offset;       /* bytes from the start */
    unsigned line, col;  /* from 1; col counts bytes */
};

/* Reads one value that fills `text` whole, nested at most `depth` deep. True: *out lies in `arena`
 * and in `text`, which must both outlive it. False: *out is null; *fault says what and where, but
 * if budget->end is set, it is that which says why. Takes values, steps, and all bytes that it adds
 * to the arena; what reading itself needs, up to 8 bytes for each of `text`, is taken and given
 * back. */
bool jread_value(struct slice text, unsigned depth, struct budget *budget, struct arena *arena,
                 struct jvalue *out, struct jread_fault *fault);

/* The same as json-c. True: *out is the caller's (NULL for JSON null). False: *fault says what and
 * where, *out is NULL. With `file` not NULL each value carries its mark, and there may be
 * MARKED_VALUES_MAX. */
bool jread_text(const char *text, size_t len, unsigned depth, const char *file,
                struct json_object **out, struct jread_fault *fault);

/* The same for what others send to be read as C strings, tokens and answers of providers: a text
 * that holds U+0000, where C would cut it ("admin\u0000x"), is a fault. */
bool jread_plain(const char *text, size_t len, unsigned depth, struct json_object **out,
                 struct jread_fault *fault);

/* Members named `names` ("a|b") of objects that lie `level` deep: the outermost has level 1. */
struct jread_lazy {
    unsigned level;
    const char *names;
};

/* The same, but such members are only gone over, and become the place of their text,
 * [offset, size]: for what may be large, to be read later or not at all. Names that occur twice in
 * there pass. */
bool jread_lazily(const char *text, size_t len, unsigned depth, const struct jread_lazy *lazy,
                  struct json_object **out, struct jread_fault *fault);

/* What stands at such a place in `text`. */
struct slice jread_at(const char *text, struct json_object *place);
/* Takes the next item off the text of an array; *out is the caller's. False: there is none, or it
 * cannot be read. */
bool jread_item(struct slice *rest, unsigned depth, struct json_object **out);

/* Whether `text` is one well-formed JSON value; builds nothing, so duplicate names pass. */
bool jread_is_json(const char *text, size_t len, unsigned depth);

#endif
