/* SPDX-License-Identifier: MIT */
/*
 * The documents that schemas stand in, and what `$ref` finds there: resources (schemas with a URI
 * of their own, core 4.3.5), anchors (core 8.2.2) and JSON pointers. Internal to lib/schema.
 */
#ifndef LEAT_SCHEMA_REGISTRY_H
#define LEAT_SCHEMA_REGISTRY_H

#include <json-c/json.h>
#include <json-c/linkhash.h>

#include "lib/schema/schema.h"

/* How a schema is compiled; enum schema_use is the outside of it.
 * CLOSED: the whole of a request's object. BRANCH: a part of such a whole, which closes for it. */
enum schema_mode { MODE_PLAIN, MODE_CLOSED, MODE_BRANCH, MODE_RESPONSE, MODE_COUNT };

struct anchor {
    const char *name;
    struct json_object *json;
    bool is_dynamic;
    const struct schema *compiled[MODE_COUNT]; /* of a dynamic one */
    struct anchor *next;                       /* the next dynamic one of the resource */
};

struct resource {
    const char *uri; /* without fragment; "" for a schema that nobody named */
    struct json_object *root;
    const struct resource *document; /* the one whose URI it was loaded by */
    const char *pointer;             /* in the document: of the schema that it was found in */
    bool is_openapi, is_3_0;
    struct resource *outer; /* that it was found in, or NULL */
    enum { DIALECT_UNREAD, DIALECT_FULL, DIALECT_WITHOUT_VALIDATION } dialect;
    struct anchor *dynamic; /* its dynamic anchors, newest first */
    struct resource *next;
};

struct pending;

struct schema_set {
    struct arena *arena;
    struct diags *diags;
    schema_load_fn load;
    void *load_arg;
    struct resource *resources;            /* newest first */
    struct lh_table *by_uri;               /* URI → the newest of it */
    struct lh_table *anchors;              /* "URI#name" → struct anchor */
    struct lh_table *roots;                /* JSON → the resource that it is the root of */
    struct lh_table *scanned;              /* JSON whose resources and anchors are known */
    struct lh_table *compiled[MODE_COUNT]; /* JSON → struct pending, so that recursion ends */
    struct lh_table *said[2];              /* JSON → whether its parts say readOnly, writeOnly */
    struct pending *todo, **last;          /* to be compiled, in order */
    struct pending *fresh;                 /* not proved yet, newest first */
    struct json_object *reached;           /* {URI: {pointer: JSON}}: see schema_set_documents() */
    struct json_object *metaschemas;       /* those that were asked for */
    bool is_3_0;                           /* of the first document: what it loads is like it */
    bool annotates_formats;
    unsigned depth;       /* of the compiler */
    uint64_t proof_steps; /* left: see proof.h */
    bool has_dynamic, has_defaults, has_hidden;
};

/* Where a reference leads. */
struct target {
    struct json_object *json;
    struct resource *resource;
    const struct anchor *anchor; /* that named it, or NULL */
};

/* Reports a mistake, once: a schema is compiled for each use. */
void registry_complain(struct schema_set *set, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Finds `ref` as seen from `from`, loading documents where need be. False: *why (static). */
bool registry_find(struct schema_set *set, struct resource *from, const char *ref,
                   struct target *out, const char **why);
/* The document `uri`: known, built in, or loaded; NULL: not to be had. */
struct resource *registry_document(struct schema_set *set, const char *uri);
/* Notes the resources and anchors inside the schema `json`, which stands at `pointer` (NULL:
 * somewhere in an operation) of `resource`. */
void registry_scan(struct schema_set *set, struct json_object *json, struct resource *resource,
                   const char *pointer);
/* Whether the validation keywords are part of its dialect (core, 8.1). */
bool registry_has_validation(struct schema_set *set, struct resource *r);
/* Notes that what surrounds the resource is needed: see schema_set_documents(). */
void registry_reach(struct schema_set *set, const struct resource *r);
/* The resource that the schema `json`, found in `outer`, belongs to. */
struct resource *registry_enter(const struct schema_set *set, struct json_object *json,
                                struct resource *outer);

/* The metaschema of that URI as JSON text; NULL where it is none. */
const char *metaschema_text(const char *uri);

#endif
