/* SPDX-License-Identifier: MIT */
/*
 * Finds what changed for clients between two sets of documents: calls and input that are no longer
 * accepted, and answers that could not occur before. lib/schema/compat.h does the same for schemas.
 *
 * An operation is identified by method and path, whatever its path parameters are called. A removed
 * parameter is a break even where unknown parameters are let through, because it had an effect.
 */
#ifndef LEAT_API_COMPARE_COMPARE_H
#define LEAT_API_COMPARE_COMPARE_H

#include <stdbool.h>

#include "lib/api/operation/operation.h"

struct api_change {
    bool is_break;
    const char *operation; /* the operationId in the old document, else "GET /todos" */
    const char *where;     /* "body /title", "query limit", "200 /items/0/id"; "" for all of it */
    const char *keyword; /* the kind of change: "type", "required", "operation", "security", … */
    const char *message; /* for people */
};

/* A list of changes. The zero value is empty. */
struct api_changes {
    struct arena arena; /* owns the texts */
    struct api_change *items;
    size_t count, room, breaks;
};

/* One side: the records (document.h) and what was loaded from them. */
struct api_version {
    struct json_object *documents;
    const struct api *api;
};

/* Appends all differences: those of the old operations in their order, then new operations. */
void api_compare(const struct api_version *old, const struct api_version *new,
                 struct api_changes *out);
void api_changes_fini(struct api_changes *changes);

/* Formats a change, "getTodo 200 /items/0/id: type: was integer, is now string". In the arena. */
const char *api_change_text(struct api_changes *changes, const struct api_change *change);

#endif
