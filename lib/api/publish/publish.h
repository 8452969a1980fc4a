/* SPDX-License-Identifier: MIT */
/*
 * The document as clients may read it: one self-contained tree (what other files define becomes
 * components), without our extensions, with the mount as its only server. Every operation has the
 * answers that the server itself gives (problem details, RFC 9457), unless it declares them or a
 * `default`, and the headers that the server honours and sends. A 3.0 document remains one.
 */
#ifndef LEAT_API_PUBLISH_PUBLISH_H
#define LEAT_API_PUBLISH_PUBLISH_H

#include <stdbool.h>

#include "lib/api/document/refs.h"

/* Reports what keeps the document `root` that `refs` has open from being published: references that
 * cannot be resolved, and objects that are nested too deeply. */
void publish_prove(struct refs *refs, struct json_object *root);
/* Returns the public copy of the document, and reports the same. `record` (document.h) tells what
 * its operations can answer. The result is the caller's. */
struct json_object *publish_tree(struct refs *refs, struct json_object *root,
                                 struct json_object *record);
/* Returns the public document as text: {"json": [before, after]}, and "yaml" likewise if clients
 * can get it. Between the halves goes the server's URL (a proxy's prefix and the mount) as a JSON
 * string, which is valid YAML too. The result is the caller's. */
struct json_object *publish_texts(struct json_object *tree, bool is_served);

#endif
