/* SPDX-License-Identifier: MIT */
/*
 * What changed for clients from some documents to others: what they called or sent that is not
 * there or not accepted any more, and what they may be answered that could not come before.
 * lib/schema/compat.h says it of schemas.
 *
 * An operation is known by its method and path, whatever the path's parameters are called. A
 * parameter that is gone is a break also where it would be let pass: it did something.
 */
#ifndef LEAT_API_COMPARE_COMPARE_H
#define LEAT_API_COMPARE_COMPARE_H

#include <stdbool.h>

#include "lib/api/operation/operation.h"

struct api_change {
    bool is_break;
    const char *operation; /* its operationId in the old document, else "GET /todos" */
    const char *where;     /* "body /title", "query limit", "200 /items/0/id", "" for all of it */
    const char *keyword;   /* the kind: "type", "required", "operation", "security", … */
    const char *message;   /* for people */
};

/* The zero value is an empty list. */
struct api_changes {
    struct arena arena; /* owns the texts */
    struct api_change *items;
    size_t count, room, breaks;
};

/* One side: the records (document.h) and what was made of them. */
struct api_version {
    struct json_object *documents;
    const struct api *api;
};

/* Adds every difference: those of the old operations in their order, then what is new. */
void api_compare(const struct api_version *old, const struct api_version *new,
                 struct api_changes *out);
void api_changes_fini(struct api_changes *changes);

/* "getTodo 200 /items/0/id: type: was integer, is now string", in the arena. */
const char *api_change_text(struct api_changes *changes, const struct api_change *change);

#endif
