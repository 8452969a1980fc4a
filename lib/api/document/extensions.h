/* SPDX-License-Identifier: MIT */
/*
 * Leat's own keys of OpenAPI documents, by the table extensions.def.
 *
 * What reads a document asks for a key by its symbol, never by its name, so that no key is read
 * that the table does not know; and what publishes a document drops the table's private keys. A new
 * key therefore cannot be published because somebody forgot it.
 */
#ifndef LEAT_API_DOCUMENT_EXTENSIONS_H
#define LEAT_API_DOCUMENT_EXTENSIONS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

enum extension {
#define EXTENSION(symbol, name, where, type, audience) EXTENSION_##symbol,
#include "lib/api/document/extensions.def"
#undef EXTENSION
    EXTENSION_COUNT,
    EXTENSION_NONE = EXTENSION_COUNT,
};

/* The objects that may have an extension. */
enum extension_place {
    EXTENSION_IN_ROOT = 1,
    EXTENSION_IN_PATH_ITEM = 2,
    EXTENSION_IN_OPERATION = 4,
};

/* Returns the extension's value in the object, which is of the kind `place`. Borrowed; NULL if the
 * object has none. Asking where the extension cannot be is a bug. */
struct json_object *extension_get(struct json_object *object, enum extension_place place,
                                  enum extension extension);
/* The same for text: NULL if the value is anything else. */
const char *extension_text(struct json_object *object, enum extension_place place,
                           enum extension extension);
/* Returns the operation's value, or else the document's. Borrowed; NULL if neither has one. */
struct json_object *extension_inherited(struct json_object *operation, struct json_object *root,
                                        enum extension extension);

const char *extension_name(enum extension extension);
/* Returns the place of the extension in the object, as mark_key() does. */
const char *extension_where(struct json_object *object, enum extension extension);

/* Reports extensions of the object that have the wrong type, and any that have no effect in an
 * object of that kind. Other people's x- keys are allowed. Where nothing is bound, a value of the
 * wrong type is another tool's, and only warned about. */
void extensions_check(struct json_object *object, enum extension_place place, bool is_bound,
                      struct diags *diags);

/* Returns true if the key begins with x-, whoever defined it. */
bool extension_is_name(const char *key);
/* Returns true if the key must not be published. */
bool extension_is_private(const char *key);

#endif
