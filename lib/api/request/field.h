/* SPDX-License-Identifier: MIT */
/*
 * Named values in text: the parameters of a request, and the fields of a form. How they are
 * written is OpenAPI 3.1, 4.8.12 (style, explode; RFC 6570) and 4.8.15 (encoding); what they become
 * says the schema: an array where its types allow one, else an object, else one value (for
 * deepObject an object before an array); one value only where they say nothing. See field_coerce().
 */
#ifndef LEAT_API_REQUEST_FIELD_H
#define LEAT_API_REQUEST_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/arena.h"
#include "lib/core/slice.h"
#include "lib/schema/schema.h"

/*   style            in             array a=[1,2]       object a={x:1,y:2}
 *                                   explode  not        explode      not
 *   simple           path, header   1,2      1,2        x=1,y=2      x,1,y,2
 *   label            path           .1.2     .1,2 *     .x=1.y=2     .x,1,y,2 *
 *   matrix           path           ;a=1;a=2 ;a=1,2     ;x=1;y=2     ;a=x,1,y,2
 *   form             query, cookie  a=1&a=2  a=1,2      x=1&y=2      a=x,1,y,2
 *   spaceDelimited   query          a=1&a=2  a=1%202    -            a=x%201%20y%202
 *   pipeDelimited    query          a=1&a=2  a=1|2      -            a=x|1|y|2
 *   deepObject       query          -        -          a[x]=1&a[y]=2  -
 *
 *   * RFC 6570, 3.2.5. OpenAPI 3.1.0 prints .1.2 and .x.1.y.2: without a comma, dots delimit too.
 *
 * Delimiters count as they stand, before percent-decoding: %2C is part of an item. Only the space
 * and the pipe, which no URI can hold, are %20, '+' and %7C. No style nests: an item or a member
 * that is an array or object itself is JSON text, and deepObject has one level of brackets. */
enum style {
    STYLE_SIMPLE,
    STYLE_LABEL,
    STYLE_MATRIX,
    STYLE_FORM,
    STYLE_SPACE_DELIMITED,
    STYLE_PIPE_DELIMITED,
    STYLE_DEEP_OBJECT,
    STYLE_COUNT
};

enum {
    FIELD_PAIRS_MAX = 1000, /* of a query or form */
    FIELD_ITEMS_MAX = 1000, /* of an array or object, unless JSON text spells it */
    FIELD_DEPTH_MAX = 32,   /* of JSON text */
};

struct field {
    const char *name;
    const char *pointer; /* "/name", escaped (RFC 6901, 3): for violations */
    enum style style;
    bool is_exploded;
    bool allows_empty; /* allowEmptyValue: "a=" and "a" are the empty value, not malformed */
    bool is_json;      /* `content` or `contentType` is JSON: the text is a JSON value */
    int types;         /* of the schema */
    const struct schema *schema; /* never NULL */
};

/* "pipeDelimited" → its enum; STYLE_COUNT where it is none. */
enum style style_parse(const char *name);

/* Where values come from and go to. All of it is borrowed; values lie in the arena and in the text,
 * so both must outlive them. */
struct field_reader {
    const char *in; /* of the violations: "query", "body" */
    struct arena *arena;
    struct budget *budget; /* once it has ended, what was read means nothing */
    struct violations *v;  /* may be NULL */
};

/* Reads the whole text of one parameter in a path (raw segment, percent-encoded), header or cookie
 * (as they are; '+' stays '+' in all three). There are no pairs in one text: form is read as if not
 * exploded. False: the text is no such value, *out is null, and the violations (keyword "type",
 * "encoding", "repeated", or "maxItems" and "maxProperties" past FIELD_ITEMS_MAX) are at f->pointer
 * or, "/tags/1", below it. */
bool field_read(const struct field *f, struct slice text, bool is_encoded,
                const struct field_reader *r, struct jvalue *out);

/* What became of each field. */
struct field_value {
    struct jvalue value; /* null where nothing was sent; is_there tells that from null */
    bool is_there;
    bool is_empty; /* sent empty where allows_empty is set: value is [], {}, "" or null, the first
                      that the types allow, and the schema has no say in it */
};

/* Reads a query or an application/x-www-form-urlencoded text: "a=1&b=2"; "a" alone is "a=". out[i]
 * is that of fields[i]. A name goes to the field that has it, else to the first object of exploded
 * form style that has such a property, else to the first such object that names no property and is
 * not closed. Names that no field takes go to `others` as strings (arrays where repeated), or,
 * where that is NULL, are violations ("unknown"). A name that comes twice where its field takes
 * one value is a violation ("repeated"). False if there was any, those of field_read() too: then
 * all values are null, but is_there still tells what was sent. */
bool fields_read(const struct field *const *fields, size_t count, struct slice text,
                 const struct field_reader *r, struct field_value *out, struct jvalue *others);

/* One decoded text as the first of these that `types` allow: null ("null" or nothing; never where
 * strings are allowed), true or false, a number as JSON writes it (an integer has no fraction or
 * exponent, and fits int64), an array or object as JSON text, a string of valid UTF-8. SCHEMA_ANY,
 * with or without null, is a string. False: none fits; *out is null. */
bool field_coerce(struct slice text, int types, const struct field_reader *r, struct jvalue *out);

#endif
