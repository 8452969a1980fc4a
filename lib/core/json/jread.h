/* SPDX-License-Identifier: MIT */
/*
 * Strict readers of JSON (RFC 8259). json-c's own tokener accepts NaN, single quotes, leading zeros
 * and duplicate keys. Also refused are invalid UTF-8, lone surrogates, and numbers beyond the range
 * of double. Integers are exact within int64; larger ones become doubles.
 *
 *     request bodies                     jread_value()     a jvalue, within a budget
 *     documents, configuration, claims   jread_text()      a json-c tree
 *     large members, perhaps not needed  jread_lazily()    a json-c tree with places in it
 *     text that must only be valid JSON  jread_is_json()   nothing
 *
 * json-c keys cannot hold NUL: a \u0000 in a member name becomes the bytes C0 80, which valid UTF-8
 * never contains, and jwrite writes them back as \u0000.
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

/* Reads one value that must fill `text`, nested at most `depth` deep. On success *out lies in
 * `arena` and in `text`, which must both outlive it. On failure *out is null and *fault has the
 * reason and its place, but if budget->end is set, that is the reason. Charges values, steps and
 * all bytes added to the arena; the reader's scratch memory, up to 8 bytes for each byte of `text`,
 * is charged and given back. */
bool jread_value(struct slice text, unsigned depth, struct budget *budget, struct arena *arena,
                 struct jvalue *out, struct jread_fault *fault);

/* Reads the text into a json-c tree. On success *out is the caller's (NULL for JSON null); on
 * failure it is NULL and *fault has the reason and its place. If `file` is not NULL each value
 * carries its mark, and at most MARKED_VALUES_MAX are allowed. */
bool jread_text(const char *text, size_t len, unsigned depth, const char *file,
                struct json_object **out, struct jread_fault *fault);

/* Like jread_text(), for input whose strings are used as C strings (tokens, answers of providers):
 * a string that holds U+0000, where C would cut it ("admin\u0000x"), is a fault. */
bool jread_plain(const char *text, size_t len, unsigned depth, struct json_object **out,
                 struct jread_fault *fault);

/* Selects the members called `names` ("a|b") of objects at nesting level `level`; the outermost
 * object has level 1. */
struct jread_lazy {
    unsigned level;
    const char *names;
};

/* Like jread_text(), but the selected members are only scanned, and become the place of their text,
 * [offset, size], to be read later or not at all. Duplicate names inside them are not detected. */
bool jread_lazily(const char *text, size_t len, unsigned depth, const struct jread_lazy *lazy,
                  struct json_object **out, struct jread_fault *fault);

/* Returns the text at such a place. */
struct slice jread_at(const char *text, struct json_object *place);
/* Takes the next item off the text of an array; *out is the caller's. Returns false at the end, or
 * if the item cannot be read. */
bool jread_item(struct slice *rest, unsigned depth, struct json_object **out);

/* Returns true if `text` is one well-formed JSON value. Builds nothing, so duplicate names are not
 * detected. */
bool jread_is_json(const char *text, size_t len, unsigned depth);

#endif
