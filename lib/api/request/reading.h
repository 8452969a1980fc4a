/* SPDX-License-Identifier: MIT */
/* One reading of parameters or of a form: how its texts are encoded, where its violations go, and
 * the steps that every style ends in: one value, one item, one member. Internal to lib/api. */
#ifndef LEAT_API_REQUEST_READING_H
#define LEAT_API_REQUEST_READING_H

#include "lib/api/request/field.h"

struct reading {
    struct field_reader to;
    bool is_encoded; /* texts are percent-encoded … */
    bool is_form;    /* … and '+' is a space */
};

/* What a text becomes: the kind of value that a field's types and style make of it. */
enum shape { SHAPE_VALUE, SHAPE_ARRAY, SHAPE_OBJECT };

enum shape field_shape(const struct field *f);
/* Whether the field is an object whose members come as pairs of their own (not "name=…"). */
bool field_is_spread(const struct field *f);
/* What an empty text is where allows_empty is set: [], {}, "" or null. */
struct jvalue field_empty(const struct field *f);
/* Reads the whole raw text of `f` by its style. */
bool field_read_text(const struct field *f, struct slice raw, const struct reading *r,
                     struct jvalue *out);

/* Adds a violation at `base` and, below it, the member `name` (if not NULL). Returns false. */
bool reading_fail(const struct reading *r, const char *base, const char *name, const char *keyword,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Decodes a name to a text with a NUL behind it; fails at `base`. */
bool reading_name(const struct reading *r, const char *base, struct slice raw, const char **out);
/* Decodes and coerces one text; fails at `base` and `name`, as reading_fail() does. */
bool reading_value(const struct reading *r, const char *base, const char *name, struct slice raw,
                   int types, struct jvalue *out);
/* Decodes and adds an item to the array that is being read for `f`. A bad one leaves null in its
 * place, so that those behind it keep their numbers. */
bool reading_item(const struct reading *r, const struct field *f, struct jvalue *array,
                  struct slice raw);
/* The schema of a member of the object that is being read for `f`: its own, or that of members
 * which nobody names; NULL where there is none. */
const struct schema *reading_schema(const struct field *f, const char *name);
/* Decodes and adds the member `name` (decoded) to the object that is being read for `f`; `member`
 * is its schema, NULL where there is none: then it is a string. */
bool reading_member(const struct reading *r, const struct field *f, struct jvalue *object,
                    const char *name, const struct schema *member, struct slice raw);

#endif
