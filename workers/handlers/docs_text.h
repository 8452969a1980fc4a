/* SPDX-License-Identifier: MIT */
/* A published document. It may be large and is rarely requested, so a worker reads it at the first
 * request. Until then it is only in the release, which all workers share. */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_TEXT_H
#define LEAT_WORKERS_HANDLERS_DOCS_TEXT_H

#include <json-c/json.h>

#include "lib/core/slice.h"

struct docs_text {
    struct json_object *place; /* borrowed: "published" of the document's record in the release */
    const char *format;        /* "json" or "yaml" */
    struct json_object *halves;
};

/* Returns the text before (0) or after (1) the server's URL, and reads the document on first use;
 * empty if that fails. Borrowed. */
struct slice docs_text_half(struct docs_text *t, size_t half);
void docs_text_fini(struct docs_text *t);

#endif
