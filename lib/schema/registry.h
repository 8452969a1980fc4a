/* SPDX-License-Identifier: MIT */
/*
 * The documents that hold schemas, and what `$ref` finds in them: resources (schemas with a URI of
 * their own, core 4.3.5), anchors (core 8.2.2) and JSON pointers. Internal to lib/schema.
 */
#ifndef LEAT_SCHEMA_REGISTRY_H
#define LEAT_SCHEMA_REGISTRY_H

#include <json-c/json.h>
#include <json-c/linkhash.h>

#include "lib/core/fault.h"
#include "lib/schema/schema.h"

/* The way in which a schema is compiled; enum schema_use is the public form. CLOSED: the whole of
 * a request's object, which is closed. BRANCH: a part of such a whole, or below such a part; the
 * whole closes for it. */
enum schema_mode { MODE_PLAIN, MODE_CLOSED, MODE_BRANCH, MODE_RESPONSE, MODE_COUNT };

struct anchor {
    const char *name;
    struct json_object *json;
    bool is_dynamic;
    const struct schema *compiled[MODE_COUNT]; /* for a dynamic anchor */
    struct anchor *next;                       /* the resource's next dynamic anchor */
};

struct resource {
    const char *uri; /* without fragment; "" for an unnamed schema */
    struct json_object *root;
    const struct resource *document; /* the resource at the root of its document */
    const char *pointer;             /* to the schema in the document that contains it, or NULL */
    bool is_openapi, is_3_0;
    struct resource *outer; /* the resource that contains it, or NULL */
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
    struct lh_table *by_uri;               /* URI → its newest resource */
    struct lh_table *anchors;              /* "URI#name" → struct anchor */
    struct lh_table *roots;                /* JSON → the resource whose root it is */
    struct lh_table *scanned;              /* JSON whose resources and anchors are recorded */
    struct lh_table *compiled[MODE_COUNT]; /* JSON → struct pending, which ends recursion */
    struct lh_table *said[2];              /* JSON → whether its parts have readOnly, writeOnly */
    struct pending *todo, **last;          /* queue of nodes to compile */
    struct pending *fresh;                 /* nodes not yet proved, newest first */
    struct json_object *reached;           /* {URI: {pointer: JSON}}, see schema_set_documents() */
    struct json_object *metaschemas;       /* those in use */
    bool is_3_0; /* as in the first document, also for those that it loads */
    bool annotates_formats;
    bool is_unbound;      /* nothing serves what is compiled, so it need not be satisfiable */
    unsigned depth;       /* the compiler's */
    uint64_t proof_steps; /* steps left, see proof.h */
    bool has_dynamic, has_defaults, has_hidden;
};

/* The target of a reference. */
struct target {
    struct json_object *json;
    struct resource *resource;
    const struct anchor *anchor; /* the anchor that named it, or NULL */
};

/* Reports a mistake once, although schemas are compiled for each use. */
void registry_complain(struct schema_set *set, const char *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Does the same for a schema that is valid but cannot be what its author meant: an error if
 * `bites`, otherwise a warning. */
void registry_doubt(struct schema_set *set, bool bites, const char *where, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Resolves `ref` relative to `from`, loading documents as needed. Returns false with *fault
 * on failure. */
bool registry_find(struct schema_set *set, struct resource *from, const char *ref,
                   struct target *out, struct fault *fault);
/* Returns the document `uri`: known, built in, or loaded. NULL if it is unavailable. */
struct resource *registry_document(struct schema_set *set, const char *uri);
/* Records the resources and anchors inside the schema `json`, which is at `pointer` (NULL if
 * somewhere in an operation) of `resource`. */
void registry_scan(struct schema_set *set, struct json_object *json, struct resource *resource,
                   const char *pointer);
/* Returns true if the resource's dialect includes validation keywords (core, 8.1). */
bool registry_has_validation(struct schema_set *set, struct resource *r);
/* Notes that the schema in which the resource was found is needed, see schema_set_documents(). */
void registry_reach(struct schema_set *set, const struct resource *r);
/* Returns the resource that the schema `json`, found in `outer`, belongs to. */
struct resource *registry_enter(const struct schema_set *set, struct json_object *json,
                                struct resource *outer);

/* Returns the metaschema of that URI as JSON text, or NULL. */
const char *metaschema_text(const char *uri);

#endif
