/* SPDX-License-Identifier: MIT */
/* The table openapi.def and how to look things up in it. All of it is static. */
#ifndef LEAT_API_DOCUMENT_OPENAPI_H
#define LEAT_API_DOCUMENT_OPENAPI_H

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "lib/core/slice.h"

enum { OPENAPI_3_0 = 1, OPENAPI_3_1 = 2 }; /* bits of .versions and .required */

/* An object's row, followed by those of its fields and the rules for them, up to the next
 * object. */
struct openapi_row {
    enum { OPENAPI_OBJECT, OPENAPI_FIELD, OPENAPI_COUNT, OPENAPI_AMONG } kind;
    const char *name; /* of the object; or the key; or the keys "a|b" */
    const char *type; /* of the field; or the key of the list that has its value */
    const char *when;
    unsigned versions, required;
    size_t min, max;
    bool is_extensible;
};

/* The relation of a key to an object. */
enum openapi_fit {
    OPENAPI_FITS,
    OPENAPI_UNSURE,    /* what it depends on is itself missing */
    OPENAPI_MISPLACED, /* not allowed here: *term, "key" or "key=word" of .when, is not met */
    OPENAPI_TOO_NEW,   /* not in this version */
    OPENAPI_UNKNOWN,   /* *row is the pattern that the object's other keys must match, or NULL */
};

/* Returns the row of an object, which must exist. */
const struct openapi_row *openapi_object(struct slice name);
/* Finds the row that decides about `key`, present or not, in `map`, which is an `object`. *row is
 * that row, or the nearest one that does not fit; *term is the part of its .when that decided, or
 * empty. */
enum openapi_fit openapi_field(const struct openapi_row *object, unsigned version,
                               struct json_object *map, const char *key,
                               const struct openapi_row **row, struct slice *term);
/* Returns true if `map` has the member `key`, which may be null. `value` may be NULL. */
bool openapi_has(struct json_object *map, struct slice key, struct json_object **value);

#endif
