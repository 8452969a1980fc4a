/* SPDX-License-Identifier: MIT */
/*
 * Assembles the document in two passes: first all tables become resources, because names, security
 * and rules depend on all of them (one owner anywhere makes the whole document require a token);
 * then the document is printed in one piece, or not at all: if any table was refused, standard
 * output stays empty, so that `leat scaffold … > api.yaml` leaves no half document.
 */
#include "workers/scaffold/scaffold.h"

#include <stdio.h>
#include <string.h>

#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/db/engine/prover.h"
#include "lib/db/proof/tables.h"
#include "workers/commands/drop_privileges.h"
#include "workers/scaffold/resource_yaml.h"
#include "workers/commands/load_sources.h"

struct scaffold {
    struct arena arena;
    struct diags diags;
    struct json_object *config;
    struct json_object *taken; /* names used in the document */
    struct prover *prover;
    struct scaffold_resource *resources;
    size_t count;
};

static void add_table(struct scaffold *s, const char *name)
{
    struct table *table = arena_zalloc(&s->arena, sizeof(*table));
    struct scaffold_resource *r = &s->resources[s->count];
    struct fault fault;

    if (!prover_read_table(s->prover, name, &s->arena, table)) {
        struct buf list = {0};

        prover_list_tables(s->prover, ", ", &list);
        diag_error(&s->diags, NULL, "no such table: %s; available: %s", name,
                   list.len ? buf_text(&list) : "none");
        buf_fini(&list);
        return;
    }
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->resources[i].table->name, table->name) == 0)
            return;
    if (resource_init(r, table, s->taken, &s->arena, &fault))
        s->count++;
    else
        diag_error(&s->diags, NULL, "%s %s", table->name, fault.text);
}

/* Returns whether a document with this mount has a path that the new one would also have. */
static bool is_occupied(struct scaffold *s, struct json_object *documents, const char *mount)
{
    for (size_t i = 0; i < json_object_array_length(documents); i++) {
        struct json_object *document = json_object_array_get_idx(documents, i);

        if (strcmp(jget_text(document, "mount"), mount) != 0)
            continue;
        for (size_t k = 0; k < jget_count(document, "operations"); k++) {
            const char *path = jget_text(jget_item(document, "operations", k), "path");

            for (size_t n = 0; n < s->count; n++) {
                size_t len = strlen(s->resources[n].path);

                if (strncmp(path, s->resources[n].path, len) == 0 && strchr("/", path[len]))
                    return true;
            }
        }
    }
    return false;
}

/* Chooses the mount of the first document, or the first of /v1, /v2, … whose paths are free. */
static const char *choose_mount(struct scaffold *s)
{
    struct diags ignored = {0};
    struct json_object *documents = load_documents(s->config, DOCUMENT_INSPECTED, &ignored);
    const char *first = jget_text(json_object_array_get_idx(documents, 0), "mount");
    const char *mount = arena_strdup(&s->arena, first && *first ? first : "/v1");

    for (int i = 1; is_occupied(s, documents, mount); i++)
        mount = arena_printf(&s->arena, "/v%d", i);
    json_object_put(documents);
    diags_fini(&ignored);
    return mount;
}

static void put_tables(struct scaffold *s, struct buf *out)
{
    struct buf rules = {0};
    size_t references = 0;

    for (size_t i = 0; i < s->count; i++)
        references += s->resources[i].reference_count;
    for (size_t i = 0; i < s->count; i++)
        resource_put_rules(&s->resources[i], references == 1, &rules);
    if (rules.len)
        buf_printf(out, "x-tables:\n%s\n", buf_text(&rules));
    buf_fini(&rules);
}

static bool has_owner(const struct scaffold *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->resources[i].owner)
            return true;
    return false;
}

static void put_document(struct scaffold *s, struct buf *out)
{
    bool is_secured = has_owner(s);

    buf_printf(out,
               "openapi: 3.1.0\n"
               "info: {title: %s, version: 1.0.0}\n"
               "servers: [{url: %s}]\n\n",
               s->resources[0].plural, choose_mount(s));
    if (is_secured)
        buf_puts(out, "security: [{bearer: []}]\n\n");
    put_tables(s, out);
    buf_puts(out, "paths:\n");
    for (size_t i = 0; i < s->count; i++) {
        resource_put_paths(&s->resources[i], out);
        buf_putc(out, '\n');
    }
    buf_puts(out, "components:\n");
    if (is_secured)
        buf_puts(out, "  securitySchemes: {bearer: {type: http, scheme: bearer}}\n");
    buf_puts(out, "  schemas:\n");
    for (size_t i = 0; i < s->count; i++)
        resource_put_schemas(&s->resources[i], out);
}

static void run_scaffold(struct scaffold *s, char *const *names)
{
    struct buf out = {0};
    size_t n = 0;

    s->prover = load_database(s->config, &s->diags);
    if (!s->prover && !s->diags.errors)
        diag_error(&s->diags, NULL, "database: neither migrations nor a database was found");
    if (!s->prover)
        return;
    while (names[n])
        n++;
    s->resources = arena_zalloc(&s->arena, (n + 1) * sizeof(*s->resources));
    for (size_t i = 0; i < n; i++)
        add_table(s, names[i]);
    if (!s->diags.errors) {
        put_document(s, &out);
        fwrite(out.data, 1, out.len, stdout);
    }
    buf_fini(&out);
}

int scaffold_run(const char *path, char *const *names)
{
    struct scaffold s = {.taken = json_object_new_object()};
    int result;

    if (conf_load(path, &s.config, &s.diags) && drop_privileges(s.config, &s.diags))
        run_scaffold(&s, names);
    fflush(stdout);
    diags_print(&s.diags, stderr);
    result = s.diags.errors ? 1 : 0;
    prover_close(&s.prover);
    json_object_put(s.config);
    json_object_put(s.taken);
    diags_fini(&s.diags);
    arena_fini(&s.arena);
    return result;
}
