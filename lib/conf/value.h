/* SPDX-License-Identifier: MIT */
/* One value of the configuration: what its key takes, and its one form. For load.c. */
#ifndef LEAT_CONF_VALUE_H
#define LEAT_CONF_VALUE_H

#include "lib/conf/conf.h"
#include "lib/core/arena.h"

/* One load of a file. */
struct checker {
    const char *file;
    struct diags *diags;
    struct arena arena;
};

/* What the key takes, for people. */
const char *value_allowed(struct checker *c, const struct conf_key *key);
/* Reports the value; returns NULL. */
struct json_object *value_reject(struct checker *c, const struct conf_key *key, const char *where,
                                 const char *what);
bool value_has_type(const struct conf_key *key, struct json_object *value);
/* The one form of a value that is no map and no list (a new object, or itself); NULL after an
 * error. */
struct json_object *value_scalar(struct checker *c, const struct conf_key *key,
                                 struct json_object *value, const char *where);

#endif
