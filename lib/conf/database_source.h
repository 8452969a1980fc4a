/* SPDX-License-Identifier: MIT */
/*
 * Resolves which engine keeps the data, and where: from `database.url`, or from `database.path`,
 * its older alias for an SQLite file. This is the only reader of both keys.
 *
 *     sqlite:PATH        a file; a relative path starts from the folder of the configuration
 *     postgresql://…     known by name, but this build has no engine for it
 */
#ifndef LEAT_CONF_DATABASE_SOURCE_H
#define LEAT_CONF_DATABASE_SOURCE_H

#include <json-c/json.h>

#include "lib/core/diag.h"
#include "lib/core/fault.h"

struct database_source {
    const char *path; /* the file; NULL if no database is configured. Borrowed. */
    const char *key;  /* the key that names it, for messages; "database.url" if none does */
    struct json_object
        *value; /* that key's value, for its mark; NULL if there is none. Borrowed. */
};

/* Resolves the database of a loaded configuration. */
struct database_source database_source_of(struct json_object *config);
/* Reports at the key that `database.url` and `database.path` name different files. */
void database_source_check(struct json_object *config, struct diags *diags);

/* Returns the path in a URL as written, or NULL with the reason in *fault, which never repeats the
 * URL, since that may contain a password. */
const char *database_url_path(const char *url, struct fault *fault);

#endif
