/* SPDX-License-Identifier: MIT */
/* A published document, which may be large and is rarely asked for: it stays in the release, which
 * all workers share, until then. */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_TEXT_H
#define LEAT_WORKERS_HANDLERS_DOCS_TEXT_H

#include <json-c/json.h>

#include "lib/core/slice.h"

struct docs_text {
    struct json_object *place; /* borrowed: of the document's "published" in the release */
    const char *format;        /* "json" or "yaml" */
    struct json_object *halves;
};

/* What stands before the server's URL (0) or behind it (1), reading the text if this is the first
 * time; empty if that fails. Borrowed. */
struct slice docs_text_half(struct docs_text *t, size_t half);
void docs_text_fini(struct docs_text *t);

#endif
