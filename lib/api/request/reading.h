/* SPDX-License-Identifier: MIT */
/* One reading of parameters or of a form: how its texts are encoded, where its violations go, and
 * the final steps that all styles share: one value, one item, one member. Internal to lib/api. */
#ifndef LEAT_API_REQUEST_READING_H
#define LEAT_API_REQUEST_READING_H

#include "lib/api/request/field.h"

struct reading {
    struct field_reader to;
    bool is_encoded; /* texts are percent-encoded … */
    bool is_form;    /* … and '+' is a space */
};

/* The kind of value that a text becomes, by the field's types and style. */
enum shape { SHAPE_VALUE, SHAPE_ARRAY, SHAPE_OBJECT };

enum shape field_shape(const struct field *f);
/* Returns true if the field is an object whose members are pairs of their own (not "name=…"). */
bool field_is_spread(const struct field *f);
/* Returns the empty value of a field with allows_empty: [], {}, "" or null. */
struct jvalue field_empty(const struct field *f);
/* Reads the whole raw text of `f` by its style. */
bool field_read_text(const struct field *f, struct slice raw, const struct reading *r,
                     struct jvalue *out);

/* Adds a violation at `base`, or at its member `name` if not NULL. Always returns false. */
bool reading_fail(const struct reading *r, const char *base, const char *name, const char *keyword,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Decodes a name and terminates it with NUL. Failures are reported at `base`. */
bool reading_name(const struct reading *r, const char *base, struct slice raw, const char **out);
/* Decodes and coerces one text. Failures are reported at `base` and `name`, as by
 * reading_fail(). */
bool reading_value(const struct reading *r, const char *base, const char *name, struct slice raw,
                   int types, struct jvalue *out);
/* Decodes an item and adds it to the array being read for `f`. A bad item becomes null, so that
 * later ones keep their numbers. */
bool reading_item(const struct reading *r, const struct field *f, struct jvalue *array,
                  struct slice raw);
/* Returns the schema of a member of the object being read for `f`: its own, or that of unnamed
 * members, or NULL. */
const struct schema *reading_schema(const struct field *f, const char *name);
/* Decodes a value and adds it as member `name` (decoded) to the object being read for `f`. `member`
 * is its schema; without one it is a string. */
bool reading_member(const struct reading *r, const struct field *f, struct jvalue *object,
                    const char *name, const struct schema *member, struct slice raw);

#endif
