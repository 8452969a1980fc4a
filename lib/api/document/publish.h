/* SPDX-License-Identifier: MIT */
/*
 * The document as clients may read it: one self-contained tree (what other files define moves into
 * components), no extension of ours, every operation with the answers that the server itself gives
 * (problem details, RFC 9457) unless it declares them, or `default`, itself, and `servers` as the
 * mount. A 3.0 document stays one.
 */
#ifndef LEAT_API_DOCUMENT_PUBLISH_H
#define LEAT_API_DOCUMENT_PUBLISH_H

#include "lib/api/document/refs.h"
#include "lib/core/buf.h"

/* The public copy of the document `root` that `refs` has open; `record` (document.h) tells what
 * its operations can answer. The caller's. What cannot be found is reported. */
struct json_object *publish_tree(struct refs *refs, struct json_object *root,
                                 struct json_object *record);
/* The public document as text in two halves: between them the server's URL goes, a proxy's prefix
 * and the mount, as a JSON string, which is one of YAML too. */
void publish_json(struct json_object *tree, struct buf *before, struct buf *after);
void publish_yaml(struct json_object *tree, struct buf *before, struct buf *after);

#endif
