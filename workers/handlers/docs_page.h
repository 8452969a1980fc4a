/* SPDX-License-Identifier: MIT */
/* The texts of the documentation that are made here: pages, style, script. No script and no style
 * stands in a page itself, so that the strictest Content-Security-Policy fits. */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_PAGE_H
#define LEAT_WORKERS_HANDLERS_DOCS_PAGE_H

#include <json-c/json.h>

#include "lib/core/buf.h"
#include "workers/handlers/docs_text.h"

/* One document, as the pages refer to it. */
struct docs_entry {
    const char *name;        /* for people, unique */
    const char *json, *yaml; /* URLs, relative to the page */
    const char *mount;       /* "" or "/v1" */
    struct docs_text *text;  /* openapi.json */
};

extern const char docs_style[];

/* The page that loads Swagger UI. */
void docs_put_swagger(struct buf *out, const char *title, bool has_several);
/* The script that starts it, with the last document chosen. */
void docs_put_script(struct buf *out, const struct docs_entry *entries, size_t count);
/* The page that does without: what each document has, as text. */
void docs_put_plain(struct buf *out, const char *title, const struct docs_entry *entries,
                    size_t count);
/* For both: up to the title, inside of <head>. */
void docs_put_head(struct buf *out, const char *title);
/* `text` with the characters that mean something to HTML escaped, also inside of quotes. */
void docs_put_escaped(struct buf *out, const char *text);

#endif
