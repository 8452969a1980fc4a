/* SPDX-License-Identifier: MIT */
/*
 * The documents for people: openapi.json and openapi.yaml beside each document's paths and at the
 * root, and a page at docs.path: Swagger UI where its files are installed, otherwise a plain list
 * of the operations. Everything is relative, so it works behind a proxy's prefix.
 */
#ifndef LEAT_WORKERS_HANDLERS_DOCS_H
#define LEAT_WORKERS_HANDLERS_DOCS_H

#include "workers/request/flow.h"

/* The operations that these requests count as. */
enum docs_operation { DOCS_OPENAPI, DOCS_PAGE, DOCS_ASSET, DOCS_COUNT };

/* Opens and maps Swagger UI's files; call it while files can still be read. */
void docs_open(struct worker *w);
/* Makes the routes, once the api is loaded. */
void docs_start(struct worker *w);
void docs_close(struct worker *w);

/* What answers `path`; NULL: nothing here. */
const struct operation *docs_find(const struct worker *w, struct slice path);

#endif
