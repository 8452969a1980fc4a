/* SPDX-License-Identifier: MIT */
/*
 * Serves the documents: openapi.json and openapi.yaml beside each document's paths and at the root,
 * and a page at docs.path: Swagger UI if its files are installed, otherwise a plain list of the
 * operations. All links are relative, so they work behind a proxy's prefix.
 */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_H
#define LEAT_WORKERS_HANDLERS_DOCS_H

#include "workers/request/flow.h"

/* The operations that these requests are counted as. */
enum docs_operation { DOCS_OPENAPI, DOCS_PAGE, DOCS_ASSET, DOCS_COUNT };

/* Opens and maps the files of Swagger UI; call it while files can still be opened. */
void docs_open(struct worker *w);
/* Builds the routes, once the API is loaded. */
void docs_start(struct worker *w);
void docs_close(struct worker *w);

/* Returns the operation that answers `path`, or NULL if none does. */
const struct operation *docs_find(const struct worker *w, struct slice path);

#endif
