/* SPDX-License-Identifier: MIT */
/*
 * Makes one document of several files: what other files define becomes a component of the document,
 * once, however many references there are. Used by publish.c, which does the copying.
 */
#ifndef LEAT_API_PUBLISH_BUNDLE_H
#define LEAT_API_PUBLISH_BUNDLE_H

#include <stdbool.h>

#include "lib/api/document/refs.h"

struct bundle {
    struct refs *refs;           /* borrowed */
    struct json_object *names;   /* "SECTION path#fragment" → name */
    struct json_object *taken;   /* "SECTION/name" → whether a part of another file replaces it */
    struct json_object *pending; /* queue of {"section", "name", "target"} to copy */
    size_t done;                 /* number of entries already taken from `pending` */
    unsigned resources;          /* enclosing schemas with an $id, the base of references inside */
};

/* Prepares the bundle. A component that only refers to another file is replaced by that part under
 * its own name. */
void bundle_init(struct bundle *b, struct refs *refs, struct json_object *root);
void bundle_fini(struct bundle *b);

/* Returns what `ref`, found in `node`, becomes in the one document: "#/components/SECTION/NAME", a
 * fragment, or itself if it leads outside of the local files. In the arena; NULL after an error. */
const char *bundle_ref(struct bundle *b, const char *section, struct json_object *node,
                       const char *ref);
/* Returns an unused name in the section: `wish`, or that with a number. In the arena. */
const char *bundle_name(struct bundle *b, const char *section, const char *wish);
/* Returns true if the document's own component will be replaced by a part from bundle_next(). */
bool bundle_replaces(struct bundle *b, const char *section, const char *name);
/* Returns the next part to copy, borrowed. False if there is none. */
bool bundle_next(struct bundle *b, const char **section, const char **name,
                 struct json_object **target);

#endif
