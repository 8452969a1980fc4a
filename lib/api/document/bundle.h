/* SPDX-License-Identifier: MIT */
/*
 * Makes a document of several files one: what other files define gets a name among the document's
 * components, once, however many references there are. For publish.c, which copies.
 */
#ifndef LEAT_API_DOCUMENT_BUNDLE_H
#define LEAT_API_DOCUMENT_BUNDLE_H

#include <stdbool.h>

#include "lib/api/document/refs.h"

struct bundle {
    struct refs *refs;           /* borrowed */
    struct json_object *names;   /* "SECTION path#fragment" → name */
    struct json_object *taken;   /* "SECTION/name" → whether another file's part replaces it */
    struct json_object *pending; /* {"section", "name", "target"}, still to be copied */
    size_t done;                 /* of them */
    unsigned resources; /* schemas with an $id around what is copied: references are theirs */
};

/* A component of the document that only refers to another file's takes that over, with its name. */
void bundle_init(struct bundle *b, struct refs *refs, struct json_object *root);
void bundle_fini(struct bundle *b);

/* What `ref`, standing in `node`, is in the one document: "#/components/SECTION/NAME", a fragment,
 * or itself where it leads out of the local files. In the arena; NULL after an error. */
const char *bundle_ref(struct bundle *b, const char *section, struct json_object *node,
                       const char *ref);
/* A name in the section that nothing has yet: `wish`, or with a number behind it. In the arena. */
const char *bundle_name(struct bundle *b, const char *section, const char *wish);
/* Whether the document's own component comes from another file, through bundle_next(). */
bool bundle_replaces(struct bundle *b, const char *section, const char *name);
/* The next part to be copied, borrowed; false where there is none. */
bool bundle_next(struct bundle *b, const char **section, const char **name,
                 struct json_object **target);

#endif
