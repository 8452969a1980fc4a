/* SPDX-License-Identifier: MIT */
/*
 * A strict JSON reader (RFC 8259) that builds a json-c tree: json-c's own tokener accepts NaN,
 * single quotes, leading zeros and duplicate keys. Also refused: invalid UTF-8, lone surrogates,
 * numbers beyond double. Integers are exact within int64; beyond it they become doubles.
 *
 * A member name may hold \u0000, which json-c's keys cannot: it is kept as the two bytes C0 80,
 * which no valid UTF-8 holds; jwrite writes them back.
 */
#ifndef LEAT_CORE_JREAD_H
#define LEAT_CORE_JREAD_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/slice.h"

struct jread_fault {
    const char *message; /* static */
    size_t offset;       /* bytes from the start */
    unsigned line, col;  /* from 1; col counts bytes */
};

/* Reads one value that fills `text` whole, nested at most `depth` deep. True: *out is the caller's
 * (NULL for JSON null). False: *fault says what and where, *out is NULL. With `file` not NULL
 * each value carries its mark. */
bool jread_text(const char *text, size_t len, unsigned depth, const char *file,
                struct json_object **out, struct jread_fault *fault);

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
