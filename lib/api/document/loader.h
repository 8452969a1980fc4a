/* SPDX-License-Identifier: MIT */
/* The state of reading one document into its record (document.h). Whatever is counted, or compared
 * with each other, has a limit, so that a hostile document costs no more than its size suggests.
 * Internal to lib/api. */
#ifndef LEAT_API_DOCUMENT_LOADER_H
#define LEAT_API_DOCUMENT_LOADER_H

#include "lib/api/document/refs.h"
#include "lib/schema/schema.h"

/* An operation takes about 30 KiB of memory. */
enum { LOADER_PATH_MAX = 2000, LOADER_PARAMETERS_MAX = 1000, LOADER_OPERATIONS_MAX = 20000 };

struct loader {
    struct refs refs;
    struct diags *diags;
    struct arena arena;
    struct schema_set *schemas;
    struct json_object *operations; /* the record's list */
    struct json_object *root;       /* of the document */
    struct json_object *schemes;    /* see security.h */
    const char *sunset;             /* the document's default, or NULL */
    bool is_open;                   /* the document's x-additional-parameters */
    size_t weight;                  /* what operations may still weigh, see weight.h */
};

/* Sets "schema" in the record `out`, and "base" if it stands in another document than the root, and
 * proves it by compiling it once. `json` may be NULL. */
void loader_add_schema(struct loader *l, struct json_object *json, enum schema_use use,
                       struct json_object *out);

/* Returns the "parameters" of an operation and its path item. The caller's. */
struct json_object *loader_read_parameters(struct loader *l, struct json_object *operation,
                                           struct json_object *item);
/* Returns the "body" of an operation, or NULL if it takes none. The caller's. */
struct json_object *loader_read_body(struct loader *l, struct json_object *operation);
/* Proves the schemas of a parameter, header, body or response that we do not use ourselves: clients
 * rely on them, so they must be valid. */
void loader_prove_schemas(struct loader *l, struct json_object *object);
/* Proves the schemas of a response's headers in the same way. */
void loader_prove_headers(struct loader *l, struct json_object *headers);
/* Sets "status" and "response" of the operation's record `out`. */
void loader_read_responses(struct loader *l, struct json_object *operation,
                           struct json_object *out);

#endif
