/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "lib/db/engine/engine.h"

/* By the scheme of database.url. */
static const struct {
    const char *scheme;
    const struct engine *engine;
} engines[] = {
    {"postgresql:", &engine_pg},
    {"postgres:", &engine_pg},
};

struct db *db_open(const struct db_options *options, struct diags *diags)
{
    for (size_t i = 0; options->url && i < sizeof(engines) / sizeof(*engines); i++)
        if (strncmp(options->url, engines[i].scheme, strlen(engines[i].scheme)) == 0)
            return engines[i].engine->open(options, diags);
    return engine_sqlite.open(options, diags);
}
