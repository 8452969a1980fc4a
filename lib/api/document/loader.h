/* SPDX-License-Identifier: MIT */
/* One document on its way to its record (document.h). What is counted or compared with one another
 * has a bound, so that a hostile document costs no more than its size. Internal to lib/api. */
#ifndef LEAT_API_DOCUMENT_LOADER_H
#define LEAT_API_DOCUMENT_LOADER_H

#include "lib/api/document/refs.h"
#include "lib/schema/schema.h"

/* An operation takes some 30 KiB. */
enum { LOADER_PATH_MAX = 2000, LOADER_PARAMETERS_MAX = 1000, LOADER_OPERATIONS_MAX = 20000 };

struct loader {
    struct refs refs;
    struct diags *diags;
    struct arena arena;
    struct schema_set *schemas;
    struct json_object *operations; /* the record's list */
    struct json_object *root;       /* of the document */
    struct json_object *schemes;    /* of security.h */
    const char *sunset;             /* of the whole document, or NULL */
    bool is_open;                   /* x-additional-parameters of the whole document */
    size_t weight;                  /* that is left for operations: see weight.h */
};

/* Sets "schema" of the record `out`, with "base", its document, where that is another than the
 * root; compiles it once to prove it. `json` may be NULL. */
void loader_add_schema(struct loader *l, struct json_object *json, enum schema_use use,
                       struct json_object *out);

/* The "parameters" of an operation and its path item. The caller's. */
struct json_object *loader_read_parameters(struct loader *l, struct json_object *operation,
                                           struct json_object *item);
/* The "body" of an operation, NULL where it takes none. The caller's. */
struct json_object *loader_read_body(struct loader *l, struct json_object *operation);
/* Proves the schemas of a parameter, header, body or response that nothing here uses: they are the
 * author's word to clients, and must be right all the same. */
void loader_prove_schemas(struct loader *l, struct json_object *object);
/* The same of the headers of a response. */
void loader_prove_headers(struct loader *l, struct json_object *headers);
/* Sets "status" and "response" of the operation's record `out`. */
void loader_read_responses(struct loader *l, struct json_object *operation,
                           struct json_object *out);

#endif
