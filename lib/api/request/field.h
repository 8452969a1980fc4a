/* SPDX-License-Identifier: MIT */
/*
 * Named values in text: the parameters of a request, and the fields of a form. OpenAPI 3.1, 4.8.12
 * (style, explode; RFC 6570) and 4.8.15 (encoding) define how they are serialized. The schema
 * decides what they become: an array if its types allow one, else an object, else a single value.
 * For deepObject the object comes before the array. A schema without types gives a single value.
 * See field_coerce().
 */
#ifndef LEAT_API_REQUEST_FIELD_H
#define LEAT_API_REQUEST_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/enum_text.h"
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
 * Delimiters are looked for before percent-decoding, so %2C is part of an item. Only space and
 * pipe, which a URI cannot hold, are escaped: %20 or '+', and %7C. No style nests: an item or a
 * member that is itself an array or object is JSON text, and deepObject has one level of
 * brackets. */
#define STYLES(ROW)                                                                                \
    ROW(STYLE_SIMPLE, "simple")                                                                    \
    ROW(STYLE_LABEL, "label")                                                                      \
    ROW(STYLE_MATRIX, "matrix")                                                                    \
    ROW(STYLE_FORM, "form")                                                                        \
    ROW(STYLE_SPACE_DELIMITED, "spaceDelimited")                                                   \
    ROW(STYLE_PIPE_DELIMITED, "pipeDelimited")                                                     \
    ROW(STYLE_DEEP_OBJECT, "deepObject")
enum style { STYLES(ENUM_VALUE) STYLE_COUNT };

enum {
    FIELD_PAIRS_MAX = 1000, /* per query or form */
    FIELD_ITEMS_MAX = 1000, /* per array or object, unless it is JSON text */
    FIELD_DEPTH_MAX = 32,   /* of JSON text */
};

struct field {
    const char *name;
    const char *pointer; /* "/name", escaped (RFC 6901, 3), for violations */
    enum style style;
    bool is_exploded;
    bool allows_empty; /* allowEmptyValue: "a=" and "a" mean the empty value */
    bool is_json;      /* `content` or `contentType` is JSON, so the text is a JSON value */
    int types;         /* the schema's */
    const struct schema *schema; /* never NULL */
};

/* Returns the enum of "pipeDelimited" and so on, or STYLE_COUNT for an unknown name. */
enum style style_parse(const char *name);

/* The sources and sinks of a reading. All of it is borrowed. Values lie in the arena and in the
 * text, so both must outlive them. */
struct field_reader {
    const char *in; /* the violations' place: "query", "body" */
    struct arena *arena;
    struct budget *budget; /* if it ends, all that was read is void */
    struct violations *v;  /* may be NULL */
};

/* Reads the whole text of one parameter in a path (raw segment, percent-encoded), header or cookie
 * (literal; '+' stays '+' in all three). A single text has no pairs: form style is read as if not
 * exploded. On failure returns false, *out is null, and the violations (keyword "type", "encoding",
 * "repeated", or "maxItems" and "maxProperties" past FIELD_ITEMS_MAX) are at f->pointer or below it
 * ("/tags/1"). */
bool field_read(const struct field *f, struct slice text, bool is_encoded,
                const struct field_reader *r, struct jvalue *out);

/* The result for each field. */
struct field_value {
    struct jvalue value; /* null also if nothing was sent: see is_there */
    bool is_there;
    bool is_empty; /* sent empty with allows_empty set: value is [], {}, "" or null, the first
                    * that the types allow, and the schema is not applied */
};

/* Reads a query or application/x-www-form-urlencoded text: "a=1&b=2"; "a" alone is "a=". out[i] is
 * for fields[i]. A name belongs to the field of that name, else to the first object of exploded
 * form style with such a property, else to the first such object that names no property and is not
 * closed. Names that no field takes go to `others` as strings (arrays if repeated), or, if that is
 * NULL, are violations ("unknown"). A repeated name whose field takes a single value is a violation
 * ("repeated"). Returns false after any violation, also those of field_read(): all values are then
 * null, but is_there still tells what was sent. */
bool fields_read(const struct field *const *fields, size_t count, struct slice text,
                 const struct field_reader *r, struct field_value *out, struct jvalue *others);

/* Converts one decoded text to the first of these that `types` allow: null ("null" or empty; never
 * if strings are allowed), true or false, a number in JSON's form (an integer has no fraction or
 * exponent and fits int64), an array or object as JSON text, a string of valid UTF-8. SCHEMA_ANY,
 * with or without null, is a string. Returns false, with *out null, if none fits. */
bool field_coerce(struct slice text, int types, const struct field_reader *r, struct jvalue *out);

#endif
