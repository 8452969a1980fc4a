/* SPDX-License-Identifier: MIT */
#include "workers/commands/cmd_migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/api/operation/owners.h"
#include "lib/auth/secret/digest.h"
#include "lib/conf/conf.h"
#include "lib/conf/database_source.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/db/engine/prover.h"
#include "lib/db/migration/migration.h"
#include "lib/db/migration/migration_state.h"
#include "workers/commands/database_folder.h"
#include "workers/commands/drop_privileges.h"
#include "workers/commands/load_sources.h"

struct command {
    const char *folder, *path, *name;
    struct json_object *config, *migrations;
    struct diags diags;
};

static void report_migration(const char *what, struct json_object *m)
{
    printf("%s %04lld_%s\n", what, (long long)jget_int(m, "version"), jget_text(m, "name"));
}

static void report_policy(const char *table)
{
    printf("protected %s\n", table);
}

/* Puts row security in force, as the documents say. Those with errors serve nothing yet. */
static void write_policies(struct command *c)
{
    struct diags found = {0};
    struct json_object *documents = load_documents(c->config, DOCUMENT_INSPECTED, &found);
    struct arena arena = {0};
    struct fault fault;
    size_t count;
    struct owned_table *tables = owners_of(documents, &arena, &count);

    if (!prover_write_policies(c->path, tables, count, report_policy, &fault))
        diag_error(&c->diags, NULL, "%s", fault.text);
    arena_fini(&arena);
    json_object_put(documents);
    diags_fini(&found);
}

static void run_up(struct command *c)
{
    if (prover_migrate_up(c->path, c->migrations, &c->diags, report_migration))
        write_policies(c);
}

static void run_down(struct command *c)
{
    prover_migrate_down(c->path, c->migrations, &c->diags, report_migration);
}

static void run_status(struct command *c)
{
    struct json_object *status = prover_migration_status(c->path, c->migrations, &c->diags);

    for (size_t i = 0; status && i < json_object_array_length(status); i++) {
        struct json_object *row = json_object_array_get_idx(status, i);
        const char *at = jget_text(row, "applied-at");

        printf("%04lld_%-40s %-8s %s\n", (long long)jget_int(row, "version"),
               jget_text(row, "name"), jget_text(row, "state"), at ? at : "");
    }
    if (status)
        migration_verify(status, c->migrations, &c->diags);
    json_object_put(status);
}

static void make_file(struct command *c, long long version, const char *direction)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof(path), "%s/%04lld_%s.%s.sql", c->folder, version, c->name, direction);
    file_make_parent(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || dprintf(fd, "-- %s: %s\n", direction, c->name) < 0)
        diag_error(&c->diags, path, "cannot be created: %s", strerror(errno));
    else
        printf("made %s\n", path);
    if (fd >= 0)
        close(fd);
}

static void run_new(struct command *c)
{
    size_t n = json_object_array_length(c->migrations);
    long long version =
        n ? jget_int(json_object_array_get_idx(c->migrations, n - 1), "version") + 1 : 1;

    if (!c->name || !*c->name ||
        c->name[strspn(c->name, "abcdefghijklmnopqrstuvwxyz0123456789_")]) {
        diag_error(&c->diags, NULL, "a migration's name can contain only a-z, 0-9 and _");
        return;
    }
    make_file(c, version, "up");
    make_file(c, version, "down");
}

static const struct {
    const char *action;
    void (*run)(struct command *c);
} actions[] = {{"status", run_status}, {"up", run_up}, {"down", run_down}, {"new", run_new}};

static void run_action(struct command *c, struct json_object *config, const char *action)
{
    c->config = config;
    c->folder = conf_string(config, "database.migrations");
    c->path = database_source_text(config);
    if (!c->folder || !c->path) {
        diag_error(&c->diags, NULL, "database: url and migrations must be configured");
        return;
    }
    if (strcmp(action, "new") == 0 && access(c->folder, F_OK) != 0)
        c->migrations = json_object_new_array();
    else
        c->migrations = migration_load(c->folder, database_source_of(config).engine,
                                       digest_sha256_hex, &c->diags);
    for (size_t i = 0; c->migrations && i < sizeof(actions) / sizeof(*actions); i++)
        if (strcmp(actions[i].action, action) == 0)
            actions[i].run(c);
}

int cmd_migrate(const char *path, const char *action, const char *name)
{
    struct command c = {.name = name};
    struct json_object *config = NULL;
    int result;

    if (conf_load(path, &config, &c.diags) &&
        (strcmp(action, "up") != 0 || database_folder_give(config, &c.diags)) &&
        drop_privileges(config, &c.diags))
        run_action(&c, config, action);
    fflush(stdout);
    diags_print(&c.diags, stderr);
    result = c.diags.errors ? 1 : 0;
    json_object_put(c.migrations);
    json_object_put(config);
    diags_fini(&c.diags);
    return result;
}
