/* SPDX-License-Identifier: MIT */
/* Checks and normalizes one value of the configuration. Used by conf_load.c only. */
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
bool value_has_type(const struct conf_key *key, struct json_object *value);
/* Normalizes a value that is neither a map nor a list: a new object, or `value` itself. Returns
 * NULL after an error. */
struct json_object *value_scalar(struct checker *c, const struct conf_key *key,
                                 struct json_object *value, const char *where);

#endif
