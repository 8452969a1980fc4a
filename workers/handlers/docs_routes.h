/* SPDX-License-Identifier: MIT */
/* The table of paths that the documentation answers, built by docs_routes.c and served by
 * docs.c. */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_ROUTES_H
#define LEAT_WORKERS_HANDLERS_DOCS_ROUTES_H

#include "workers/handlers/assets.h"
#include "workers/handlers/docs.h"
#include "workers/handlers/docs_page.h"

enum { TAG_DIGITS = 16, DOCS_FORMATS = 2 };

/* The answer of one path. */
struct part {
    const char *path;
    enum docs_operation operation;
    const char *type;            /* NULL: a redirect to text[0] */
    struct docs_text *published; /* source of text[], or NULL */
    struct slice text[2];
    const char *mount;            /* if the server's URL is between the texts, else NULL */
    const struct asset *asset;    /* replaces the texts, or NULL */
    char tag[2 * TAG_DIGITS + 1]; /* of the texts, made on first use */
};

struct docs {
    struct operation operations[DOCS_COUNT];
    struct asset assets[ASSET_COUNT];
    bool has_assets;
    struct docs_entry *entries; /* one for each document */
    size_t entry_count;
    struct docs_text (*texts)[DOCS_FORMATS]; /* of each document */
    struct part *parts;
    size_t count;
    const char *folder; /* of the page, without the trailing '/': "/docs" */
    const char *title;
    struct buf page, script; /* without Swagger UI, the page is made on first use */
};

#endif
