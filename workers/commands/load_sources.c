/* SPDX-License-Identifier: MIT */
#include "workers/commands/load_sources.h"

#include "lib/api/operation/owners.h"
#include "lib/auth/secret/digest.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/json/jget.h"
#include "lib/db/engine/prover.h"
#include "lib/db/migration/migration.h"

struct json_object *load_documents(struct json_object *config, enum document_use use,
                                   struct diags *diags)
{
    struct json_object *documents = json_object_new_array();
    const struct dialect *dialect = dialect_find(database_source_of(config).engine);

    for (size_t i = 0; i < jget_count(config, "api"); i++) {
        struct json_object *document =
            document_load(jget_text(jget_item(config, "api", i), "document"), use, dialect, diags);

        if (document)
            json_object_array_add(documents, document);
    }
    owners_compare(documents, diags);
    return documents;
}

struct prover *load_database(struct json_object *config, struct diags *diags)
{
    const char *folder = conf_string(config, "database.migrations");
    const char *path = database_source_text(config);
    struct json_object *migrations;
    struct prover *prover = NULL;

    if (!folder)
        return path && prover_has_database(path) ? prover_open_live(path, diags) : NULL;
    migrations =
        migration_load(folder, database_source_of(config).engine, digest_sha256_hex, diags);
    if (migrations)
        prover = prover_open_scratch(path, migrations, diags);
    json_object_put(migrations);
    return prover;
}
