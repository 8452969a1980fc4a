/* SPDX-License-Identifier: MIT */
#include "workers/commands/cmd_rehearse.h"

#include <stdio.h>

#include "lib/api/operation/owners.h"
#include "lib/api/operation/prove_operations.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/conf/release.h"
#include "lib/core/clock.h"
#include "lib/core/json/jget.h"
#include "lib/db/engine/prover.h"
#include "lib/shm/shm.h"
#include "workers/commands/database_folder.h"
#include "workers/commands/drop_privileges.h"

#define LOCK_NS (UINT64_C(3600) * NS_PER_S) /* timeouts.check ends it earlier */

static struct json_object *open_release(int fd, struct diags *diags)
{
    struct fault fault;
    struct json_object *release = release_read(fd, RELEASE_WHOLE, &fault);

    if (!release)
        diag_error(diags, NULL, "%s", fault.text);
    return release;
}

static void prove_each_document(struct json_object *release, const char *whose,
                                struct prover *prover, struct diags *diags)
{
    struct diags found = {0};
    struct api *api;

    prove_documents(jget(release, "documents"), prover, &found);
    api = api_load(jget(release, "documents"), NULL, &found);
    prove_plans(api, prover, &found);
    api_free(&api);
    for (size_t i = 0; i < found.count; i++)
        if (found.items[i].level == DIAG_ERROR)
            diag_error(diags, found.items[i].where, "%s: %s", whose, found.items[i].message);
    diags_fini(&found);
}

/* Ends a command: prints and frees the findings. Returns the exit code. */
static int finish_rehearsal(struct diags *diags)
{
    int result = diags->errors ? 1 : 0;

    fflush(stdout);
    diags_print(diags, stderr);
    diags_fini(diags);
    return result;
}

int cmd_rehearse(int new_fd, int running_fd)
{
    struct diags diags = {0};
    struct json_object *new = open_release(new_fd, &diags), *config = jget(new, "config");
    struct json_object *running = open_release(running_fd, &diags);
    const char *path = config ? database_source_text(config) : NULL;
    struct prover *copy = NULL;

    if (path && running && drop_privileges(config, &diags))
        copy = prover_open_rehearsal(path, jget(new, "migrations"), &diags);
    if (copy) {
        prove_each_document(new, "after the migrations", copy, &diags);
        prove_each_document(running, "the running release would break after the migrations", copy,
                            &diags);
        prover_close(&copy);
    }
    json_object_put(new);
    json_object_put(running);
    return finish_rehearsal(&diags);
}

static void report_migration(const char *what, struct json_object *m)
{
    printf("%s %04lld_%s\n", what, (long long)jget_int(m, "version"), jget_text(m, "name"));
}

static void report_policy(const char *table)
{
    printf("protected %s\n", table);
}

static void write_policies(struct json_object *release, struct diags *diags)
{
    struct arena arena = {0};
    struct fault fault;
    size_t count;
    struct owned_table *tables = owners_of(jget(release, "documents"), &arena, &count);

    if (!prover_write_policies(database_source_text(jget(release, "config")), tables, count,
                               report_policy, &fault))
        diag_error(diags, NULL, "%s", fault.text);
    arena_fini(&arena);
}

/* Applies the migrations. The workers' writers queue behind it, as behind one another. */
static void apply_migrations(struct json_object *release, struct shm *shm, struct diags *diags)
{
    const char *path = database_source_text(jget(release, "config"));
    bool recovered;

    if (!shm || !shm_writer_lock(shm, NULL, clock_ns() + LOCK_NS, &recovered)) {
        diag_error(diags, NULL, "the write lock could not be acquired");
        return;
    }
    if (prover_migrate_up(path, jget(release, "migrations"), diags, report_migration))
        write_policies(release, diags);
    atomic_fetch_add(&shm->writer.commits, 1);
    shm_writer_unlock(shm);
}

int cmd_rehearse_apply(int release_fd, int shm_fd)
{
    struct diags diags = {0};
    struct json_object *release = open_release(release_fd, &diags);
    struct json_object *config = jget(release, "config");
    struct shm *shm = shm_attach(shm_fd);

    if (config && database_folder_give(config, &diags) && drop_privileges(config, &diags))
        apply_migrations(release, shm, &diags);
    shm_detach(&shm);
    json_object_put(release);
    return finish_rehearsal(&diags);
}
