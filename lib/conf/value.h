/* SPDX-License-Identifier: MIT */
/* Checks and normalizes values of the configuration, by the table conf_types.def.
 * Internal to lib/conf. */
#ifndef LEAT_CONF_VALUE_H
#define LEAT_CONF_VALUE_H

#include "lib/conf/conf.h"
#include "lib/core/arena.h"

/* The state of loading one file. */
struct checker {
    const char *file;
    struct diags *diags;
    struct arena arena;
};

/* Describes for people what the key allows. */
const char *value_allowed(struct checker *c, const struct conf_key *key);
/* Reports the value as an error. Always returns NULL. */
struct json_object *value_reject(struct checker *c, const struct conf_key *key, const char *where,
                                 const char *what);
/* Normalizes a value: a new object, or `value` itself. Returns NULL after an error. */
struct json_object *value_convert(struct checker *c, const struct conf_key *key,
                                  struct json_object *value, const char *where);
/* Returns the default of a key that has one, converted by its type. The caller's. */
struct json_object *value_default(const struct conf_key *key);

/* Convert what holds other values. These are conf_load.c's. */
struct json_object *value_map(struct checker *c, const struct conf_key *key,
                              struct json_object *map, const char *where);
struct json_object *value_list(struct checker *c, const struct conf_key *key,
                               struct json_object *list, const char *where);
struct json_object *value_table(struct checker *c, const struct conf_key *key,
                                struct json_object *table, const char *where);

#endif
