/* SPDX-License-Identifier: MIT */
/* Checks the keys of a map in a document against a table of known keys. */
#ifndef LEAT_API_DOCUMENT_KNOWN_KEYS_H
#define LEAT_API_DOCUMENT_KNOWN_KEYS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/diag.h"

enum key_type { KEY_ANY, KEY_STRING, KEY_INTEGER, KEY_BOOLEAN, KEY_LIST, KEY_MAP };

struct key {
    const char *name;
    enum key_type type;
    const char *choices; /* "a|b" for a KEY_STRING, or NULL */
};

/* Returns true if `map` is a map with keys of `table` only (which ends with a NULL name), each of
 * its type. Anything else is reported after "what: ". */
bool keys_check(struct json_object *map, const char *what, const struct key *table,
                struct diags *diags);
/* Checks the types of those keys that are in the table, and allows any others. Where nothing is
 * bound, a value of another type is another tool's and only warned about. */
void keys_check_known(struct json_object *map, const struct key *table, bool is_bound,
                      struct diags *diags);

#endif
