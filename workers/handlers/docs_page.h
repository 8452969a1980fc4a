/* SPDX-License-Identifier: MIT */
/* The texts of the documentation that are generated: pages, style, script. Pages contain no inline
 * script or style, so that the strictest Content-Security-Policy can be used. */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_PAGE_H
#define LEAT_WORKERS_HANDLERS_DOCS_PAGE_H

#include <json-c/json.h>

#include "lib/core/buf.h"
#include "workers/handlers/docs_text.h"

/* One document, as the pages refer to it. */
struct docs_entry {
    const char *name;        /* title for people, unique */
    const char *json, *yaml; /* URLs, relative to the page */
    const char *mount;       /* "" or "/v1" */
    struct docs_text *text;  /* openapi.json */
};

extern const char docs_style[];

/* Appends the page that loads Swagger UI. */
void docs_put_swagger(struct buf *out, const char *title, bool has_several);
/* Appends the script that starts Swagger UI with the last document selected. */
void docs_put_script(struct buf *out, const struct docs_entry *entries, size_t count);
/* Appends the page used without Swagger UI: the contents of each document as text. */
void docs_put_plain(struct buf *out, const char *title, const struct docs_entry *entries,
                    size_t count);
/* Appends the start of either page, up to the title, inside <head>. */
void docs_put_head(struct buf *out, const char *title);
/* Appends `text` with the characters that are special in HTML escaped, for use inside quotes
 * too. */
void docs_put_escaped(struct buf *out, const char *text);

#endif
