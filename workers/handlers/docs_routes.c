/* SPDX-License-Identifier: MIT */
/*
 * Builds the table of paths that the documentation answers, once per worker. All names are derived
 * from where the document is mounted, in the order of the release:
 *
 *     /v1/openapi.json  /v1/openapi.yaml      a document's two formats; /v1/openapi-2.* for the
 *                                             second one with the same mount
 *     /openapi.json     /openapi.yaml         the first document, at the root
 *     /docs  /docs/  /docs/docs.css  ...      the page, its style, script and Swagger UI's files
 *
 * Texts are not read here: they stay in the release until they are asked for (docs_text.h).
 * docs_open() maps Swagger UI's files earlier, because the sandbox forbids opening them later.
 */
#include "workers/handlers/docs_routes.h"

#include "lib/conf/conf.h"
#include "lib/core/json/jget.h"
#include "lib/core/log.h"
#include "workers/request/observe.h"

void docs_open(struct worker *w)
{
    const char *folder = conf_string(w->config, "docs.assets");
    struct docs *d = arena_zalloc(&w->arena, sizeof(*d));

    w->docs = d;
    if (conf_bool(w->config, "docs.serve"))
        d->has_assets = assets_open(folder ? folder : PKGDATADIR "/swagger-ui", d->assets);
}

static struct part *add_part(struct docs *d, const char *path, enum docs_operation operation,
                             const char *type)
{
    struct part *part = &d->parts[d->count++];

    *part = (struct part){.path = path, .operation = operation, .type = type};
    return part;
}

/* Adds the routes of document number `at` in both formats, "STEM.json" and "STEM.yaml". */
static void add_texts(struct worker *w, struct json_object *record, size_t at, const char *stem)
{
    static const struct {
        const char *format, *type;
    } rows[DOCS_FORMATS] = {{"json", "application/json"},
                            {"yaml", "application/yaml"}}; /* RFC 9512 */

    for (size_t i = 0; i < DOCS_FORMATS; i++) {
        struct part *part =
            add_part(w->docs, arena_printf(&w->arena, "%s.%s", stem, rows[i].format), DOCS_OPENAPI,
                     rows[i].type);

        w->docs->texts[at][i].place = jget(record, "published");
        w->docs->texts[at][i].format = rows[i].format;
        part->published = &w->docs->texts[at][i];
        part->mount = jget_text(record, "mount");
    }
}

/* Returns a unique stem, as several documents may share a mount: "/v1/openapi", "/v1/openapi-2". */
static const char *stem_of(struct worker *w, struct json_object *documents, size_t at)
{
    const char *mount = jget_text(json_object_array_get_idx(documents, at), "mount");
    unsigned n = 1;

    for (size_t i = 0; i < at; i++)
        n += strcmp(jget_text(json_object_array_get_idx(documents, i), "mount"), mount) == 0;
    return n > 1 ? arena_printf(&w->arena, "%s/openapi-%u", mount, n)
                 : arena_printf(&w->arena, "%s/openapi", mount);
}

/* Returns the path relative to the page: up from its folder to the root, then down. */
static const char *relative(struct worker *w, const char *path, const char *suffix)
{
    const char *up = "";

    for (const char *c = w->docs->folder; *c; c++)
        if (*c == '/')
            up = arena_printf(&w->arena, "../%s", up);
    return arena_printf(&w->arena, "%s%s%s", up, path + 1, suffix);
}

static void add_document(struct worker *w, struct json_object *documents, size_t at)
{
    struct json_object *record = json_object_array_get_idx(documents, at);
    const char *stem = stem_of(w, documents, at), *title = jget_text(record, "title");
    const char *version = jget_text(record, "version"), *mount = jget_text(record, "mount");

    add_texts(w, record, at, stem);
    w->docs->title = title ? title : "API";
    w->docs->entries[w->docs->entry_count++] = (struct docs_entry){
        .name = arena_printf(&w->arena, "%s %s (%s)", w->docs->title, version ? version : "", stem),
        .json = relative(w, stem, ".json"),
        .yaml = relative(w, stem, ".yaml"),
        .mount = mount,
        .text = &w->docs->texts[at][0]};
}

static const char *in_folder(struct worker *w, const char *name)
{
    return arena_printf(&w->arena, "%s/%s", w->docs->folder, name);
}

static void add_page(struct worker *w)
{
    struct docs *d = w->docs;
    const char *slash = strrchr(d->folder, '/');

    if (slash)
        add_part(d, d->folder, DOCS_PAGE, NULL)->text[0] =
            slice_of(arena_printf(&w->arena, "%s/", slash + 1));
    add_part(d, in_folder(w, ""), DOCS_PAGE, "text/html; charset=utf-8");
    add_part(d, in_folder(w, "docs.css"), DOCS_ASSET, "text/css; charset=utf-8")->text[0] =
        slice_of(docs_style);
    if (!d->has_assets)
        return;
    docs_put_swagger(&d->page, d->title, d->entry_count > 1);
    docs_put_script(&d->script, d->entries, d->entry_count);
    add_part(d, in_folder(w, "docs.js"), DOCS_ASSET, "text/javascript; charset=utf-8")->text[0] =
        buf_slice(&d->script);
    for (size_t i = 0; i < ASSET_COUNT; i++)
        add_part(d, in_folder(w, d->assets[i].name), DOCS_ASSET, d->assets[i].type)->asset =
            &d->assets[i];
}

/* Returns the page's folder; "/docs" and "/docs/" mean the same. NULL: there is no page. */
static const char *page_folder(struct worker *w)
{
    const char *path = conf_string(w->config, "docs.path");
    size_t len = strlen(path);

    if (*path != '/')
        return NULL;
    while (len && path[len - 1] == '/')
        len--;
    return arena_strndup(&w->arena, path, len);
}

void docs_start(struct worker *w)
{
    struct json_object *documents = jget(w->release, "documents");
    size_t count = json_object_array_length(documents);
    struct docs *d = w->docs;
    const char *folder = page_folder(w);
    const struct {
        const char *id, *template;
    } operations[DOCS_COUNT] = {
        [DOCS_OPENAPI] = {"docs.openapi", "/{mount}/openapi.{format}"},
        [DOCS_PAGE] = {"docs.page", folder ? arena_printf(&w->arena, "%s/", folder) : ""},
        [DOCS_ASSET] = {"docs.asset", folder ? arena_printf(&w->arena, "%s/{file}", folder) : ""},
    };

    for (size_t i = 0; i < DOCS_COUNT; i++) {
        d->operations[i] = (struct operation){.id = operations[i].id,
                                              .method = METHOD_GET,
                                              .template = operations[i].template,
                                              .mount = "",
                                              .status = 200,
                                              .binding = BINDING_BUILTIN,
                                              .builtin = operations[i].id};
        observe_add(w, &d->operations[i]);
    }
    if (!conf_bool(w->config, "docs.serve") || !count)
        return;
    if (conf_string(w->config, "docs.assets") && !d->has_assets)
        log_warn("docs.assets", "folder=\"%s\": has no swagger-ui-dist",
                 conf_string(w->config, "docs.assets"));
    d->folder = folder ? folder : "";
    d->entries = arena_alloc(&w->arena, count * sizeof(*d->entries));
    d->texts = arena_zalloc(&w->arena, count * sizeof(*d->texts));
    d->parts = arena_alloc(&w->arena, (2 * count + 6 + ASSET_COUNT) * sizeof(*d->parts));
    for (size_t i = 0; i < count; i++)
        add_document(w, documents, i);
    add_texts(w, json_object_array_get_idx(documents, 0), 0, "/openapi");
    if (folder)
        add_page(w);
}

void docs_close(struct worker *w)
{
    if (!w->docs)
        return;
    if (w->docs->has_assets)
        assets_close(w->docs->assets);
    for (size_t i = 0; i < w->docs->entry_count; i++)
        for (size_t k = 0; k < DOCS_FORMATS; k++)
            docs_text_fini(&w->docs->texts[i][k]);
    buf_fini(&w->docs->page);
    buf_fini(&w->docs->script);
}
