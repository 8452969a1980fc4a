/* SPDX-License-Identifier: MIT */
#include "workers/commands/database_url.h"

#include <stdlib.h>
#include <string.h>

#include "lib/conf/database_source.h"

const char *database_url_of(struct json_object *config)
{
    const char *url = getenv("LEAT_DATABASE_URL"); /* until database.url may name PostgreSQL */

    return url ? url : database_source_of(config).path;
}

bool database_url_is_remote(struct json_object *config)
{
    const char *url = database_url_of(config);

    return url && strncmp(url, "postgres", strlen("postgres")) == 0;
}
