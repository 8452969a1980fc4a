/* SPDX-License-Identifier: MIT */
/*
 * Named values in text: the parameters of a request, and the fields of a form. How they are
 * written is OpenAPI 3.1, 4.8.12 (style, explode; RFC 6570) and 4.8.15 (encoding); what they become
 * says the schema: text is read as the number, boolean, null, array or object that its types allow,
 * as a string last.
 */
#ifndef LEAT_API_FIELD_H
#define LEAT_API_FIELD_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/slice.h"
#include "lib/schema/schema.h"

/*   style            in             array a=[1,2]       object a={x:1,y:2}
 *                                   explode  not        explode      not
 *   simple           path, header   1,2      1,2        x=1,y=2      x,1,y,2
 *   label            path           .1.2     .1,2       .x=1.y=2     .x,1,y,2
 *   matrix           path           ;a=1;a=2 ;a=1,2     ;x=1;y=2     ;a=x,1,y,2
 *   form             query, cookie  a=1&a=2  a=1,2      x=1&y=2      a=x,1,y,2
 *   spaceDelimited   query          a=1&a=2  a=1%202    -            a=x%201%20y%202
 *   pipeDelimited    query          a=1&a=2  a=1|2      -            a=x|1|y|2
 *   deepObject       query          -        -          a[x]=1&a[y]=2  -            */
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

struct field {
    const char *name;
    const char *pointer; /* "/name", escaped (RFC 6901, 3): for violations */
    enum style style;
    bool is_exploded;
    bool allows_empty; /* allowEmptyValue: "a=" and "a" are the empty value, not malformed */
    bool is_json;      /* `content` or `contentType` is JSON: the text is a JSON value */
    int types;         /* of the schema */
    const struct schema *schema;
};

/* "pipeDelimited" → its enum; STYLE_COUNT where it is none. */
enum style style_parse(const char *name);

/* Reads the whole text of one parameter in a path (raw segment, percent-encoded), header or cookie
 * (as they are). *out is the caller's. False: the text is no such value, and v, if not NULL, has
 * the violations (keyword "type" or "encoding") at f->pointer in `in`. */
bool field_read(const struct field *f, struct slice text, bool is_encoded, const char *in,
                struct arena *arena, struct violations *v, struct json_object **out);

/* What became of each field. */
struct field_value {
    struct json_object *value; /* the caller's; NULL also for null */
    bool is_there;
};

/* Reads a query or an application/x-www-form-urlencoded text: "a=1&b=2". out[i] is that of
 * fields[i]. Names that no field takes go to `others` as strings (arrays where repeated), or,
 * where that is NULL, are violations ("unknown"). A name that comes twice where its field takes
 * one value is a violation ("repeated"). False if there was any. */
bool fields_read(const struct field *const *fields, size_t count, struct slice text, const char *in,
                 struct arena *arena, struct violations *v, struct field_value *out,
                 struct json_object *others);

/* One decoded text as what `types` allow (items and members by `s`, where JSON text spells them). */
bool field_coerce(struct slice text, int types, struct json_object **out);

#endif
