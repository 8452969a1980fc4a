/* SPDX-License-Identifier: MIT */
#include "workers/worker_database.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "lib/auth/secret/digest.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/secret.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/core/memory.h"
#include "lib/db/engine/prover.h"
#include "lib/db/migration/migration_state.h"
#include "workers/handlers/stream.h"
#include "workers/http/http.h"

enum { VALUE_MAX = 32 << 20 };

/* Checks that the database is exactly at the migrations of the release. */
static bool check_migrations(struct worker *w, struct diags *diags)
{
    struct json_object *migrations = jget(w->release, "migrations"), *status;
    size_t total, applied;

    if (!migrations)
        return true;
    status = prover_migration_status(database_source_text(w->config), migrations, diags);
    if (!status)
        return false;
    /* A newer release may have migrated further: `reload --migrate` proved that this one runs on
     * that database too. */
    total = json_object_array_length(status) - migration_newer(status, migrations);
    applied = migration_count(status, "applied");
    if (applied != total)
        diag_error(diags, NULL,
                   "%zu migrations are pending, %zu edited, %zu missing; see leat migrate status "
                   "and leatctl reload --migrate",
                   migration_count(status, "pending"), migration_count(status, "edited"),
                   migration_count(status, "missing"));
    json_object_put(status);
    return applied == total;
}

/* Checks that row security is in force where the database keeps it. */
static bool check_policies(struct worker *w, struct diags *diags)
{
    struct fault fault;

    if (prover_verify_policies(database_source_text(w->config), w->api->owned, w->api->owned_count,
                               &fault))
        return true;
    diag_error(diags, NULL, "row security is not in force: %s", fault.text);
    return false;
}

static void set_cursor_key(struct worker *w)
{
    struct slice secret = secret_find(w->secrets, conf_string(w->config, "secret"));
    struct buf key = {0};

    if (secret.len)
        digest_hmac_sha256(secret.data, secret.len, "cursor", 6, (unsigned char *)w->cursor_key);
    else if (db_key(w->db, "cursor", &key) && key.len >= sizeof(w->cursor_key))
        memcpy(w->cursor_key, key.data, sizeof(w->cursor_key));
    else
        random_bytes(w->cursor_key, sizeof(w->cursor_key));
    buf_fini(&key);
}

/* Derives the key of page cursors, the same on every machine that shares the secret. */
static void set_page_keys(struct worker *w)
{
    unsigned char derived[32];

    digest_hmac_sha256(w->cursor_key, sizeof(w->cursor_key), "page", 4, derived);
    memcpy(w->page_keys, derived, sizeof(w->page_keys));
    for (int i = 0; i < 2; i++)
        w->page_keys[i] = le64toh(w->page_keys[i]);
}

static void deliver_messages(void *arg)
{
    db_deliver(arg);
}

/* Returns how large a value in SQL may become: a client can ask a function for a gigabyte, which it
 * makes in one step that nothing can interrupt. What a body holds must fit in a row. */
static int64_t value_max(struct json_object *config)
{
    int64_t body = conf_int(config, "limits.body");

    return 4 * body > VALUE_MAX ? 4 * body : VALUE_MAX;
}

/* Lists the plans of the operations, which an engine may prepare. The caller's. */
static const struct plan **list_plans(const struct worker *w, size_t *count)
{
    const struct plan **plans = xcalloc(w->api->plan_count + 1, sizeof(*plans));

    *count = 0;
    for (size_t i = 0; i < w->api->count; i++)
        if (w->api->operations[i].plan)
            plans[(*count)++] = w->api->operations[i].plan;
    return plans;
}

bool worker_database_open(struct worker *w, struct diags *diags)
{
    struct db_options options = {
        .url = database_source_of(w->config).url,
        .unrestricted_role = conf_string(w->config, "database.unrestricted-role"),
        .path = database_source_of(w->config).path,
        .synchronous = conf_string(w->config, "database.synchronous"),
        .connections = {(size_t)conf_int(w->config, "database.connections.read"),
                        (size_t)conf_int(w->config, "database.connections.slow"),
                        (size_t)conf_int(w->config, "database.connections.write")},
        .readers = (int)conf_int(w->config, "database.readers"),
        .batch = (int)conf_int(w->config, "database.batch"),
        .read_budget =
            read_budget_of((uint64_t)conf_int(w->config, "database.read-budget") * NS_PER_MS),
        .cache_bytes = conf_int(w->config, "database.cache") / conf_int(w->config, "workers"),
        .mmap_bytes = conf_int(w->config, "database.mmap"),
        .value_bytes = value_max(w->config),
        .wal_limit_bytes = conf_int(w->config, "database.wal-limit"),
        .owned = w->api->owned,
        .owned_count = w->api->owned_count,
        .roles = w->api->roles,
        .keeps_answers = w->api->keeps_answers,
        .plan_count = w->api->plan_count,
        .shm = w->shm,
        .slot = w->slot};
    const struct plan **plans;

    if (!w->api->plan_count)
        return true; /* neither documents nor accounts have statements */
    if (!check_migrations(w, diags) || !check_policies(w, diags))
        return false;
    plans = list_plans(w, &options.plans_known);
    options.plans = plans;
    w->db = db_open(&options, diags);
    free(plans);
    if (!w->db)
        return false;
    set_cursor_key(w);
    set_page_keys(w);
    http_watch(db_fd(w->db), deliver_messages, w->db);
    return true;
}

void worker_database_close(struct worker *w)
{
    http_unwatch(deliver_messages);
    stream_cancel_all();
    db_close(&w->db);
    stream_close();
}
