/* SPDX-License-Identifier: MIT */
#include "workers/commands/check_policies.h"

#include "lib/api/operation/owners.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/json/mark.h"
#include "lib/db/engine/prover.h"

void check_policies(struct json_object *config, struct json_object *documents, struct diags *diags)
{
    struct arena arena = {0};
    const char *url = database_source_text(config);
    struct owned_table *tables;
    struct fault fault;
    size_t count;

    tables = owners_of(documents, &arena, &count);
    if (url && !diags->errors && !prover_verify_policies(url, tables, count, &fault))
        diag_warn(diags, NULL, "row security is not in force: %s", fault.text);
    arena_fini(&arena);
}

void check_unrestricted_role(struct json_object *config, const struct api *api, struct diags *diags)
{
    if (database_source_of(config).url && api->owned_count &&
        api->roles & 1u << ROLE_UNRESTRICTED && !conf_string(config, "database.unrestricted-role"))
        diag_error(diags, mark_where(conf_get(config, "database.url")),
                   "database.unrestricted-role: is required, because operations have "
                   "x-unrestricted");
}
