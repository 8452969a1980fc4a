/* SPDX-License-Identifier: MIT */
/*
 * The document as clients may read it: one self-contained tree (what other files define becomes
 * components), without our extensions, with the mount as its only server. Every operation has the
 * answers that the server itself gives (problem details, RFC 9457), unless it declares them or a
 * `default`, and the headers that the server honours and sends. A 3.0 document remains one.
 */
#ifndef LEAT_API_PUBLISH_PUBLISH_H
#define LEAT_API_PUBLISH_PUBLISH_H

#include "lib/api/document/refs.h"
#include "lib/core/buf.h"

/* Returns the public copy of the document `root` that `refs` has open. `record` (document.h) tells
 * what its operations can answer. The result is the caller's. References that cannot be resolved
 * are reported. */
struct json_object *publish_tree(struct refs *refs, struct json_object *root,
                                 struct json_object *record);
/* Write the public document as text in two halves. Between them goes the server's URL (a proxy's
 * prefix and the mount) as a JSON string, which is valid YAML too. */
void publish_json(struct json_object *tree, struct buf *before, struct buf *after);
void publish_yaml(struct json_object *tree, struct buf *before, struct buf *after);

#endif
