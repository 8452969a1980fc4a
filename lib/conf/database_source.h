/* SPDX-License-Identifier: MIT */
/*
 * Resolves which engine keeps the data, and where: from `database.url`, or from `database.path`,
 * its older alias for an SQLite file. This is the only reader of both keys.
 *
 *     sqlite:PATH             a file; a relative path starts from the folder of the configuration
 *     postgresql://…          a server, or several: see postgresql_url.h. postgres:// is the same
 */
#ifndef LEAT_CONF_DATABASE_SOURCE_H
#define LEAT_CONF_DATABASE_SOURCE_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/core/fault.h"

struct database_source {
    const char *engine; /* "sqlite" or "postgresql": the names of dialects (lib/db/sql/dialect.h) */
    const char *path;   /* of SQLite: the file; NULL if no database is configured. Borrowed. */
    const char *url;    /* of PostgreSQL, "postgresql://…"; otherwise NULL. Borrowed. */
    const char *key;    /* the key that names it, for messages; "database.url" if none does */
    struct json_object
        *value; /* that key's value, for its mark; NULL if there is none. Borrowed. */
};

/* Resolves the database of a loaded configuration. */
struct database_source database_source_of(struct json_object *config);
/* Returns where the data is, as lib/db/engine/prover.h takes it: its url, or its path; NULL: nowhere. */
const char *database_source_text(struct json_object *config);

/* A URL as written. */
struct database_url {
    const char *engine;
    const char *rest; /* SQLite: the path; PostgreSQL: what follows the colon. Borrowed. */
};

/* Parses a URL. Returns false with the reason in *fault, which never repeats the URL, since that may
 * contain a password. */
bool database_url_parse(const char *url, struct database_url *out, struct fault *fault);

#endif
