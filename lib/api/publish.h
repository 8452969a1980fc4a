/* SPDX-License-Identifier: MIT */
/*
 * The document as clients may read it: one self-contained tree (what other files define moves into
 * components), no extension of ours, every operation with the answers that the server itself gives
 * (problem details, RFC 9457: 400, 401, 403, 404, 413, 415, 422, 429, 500, 503 as far as they can
 * occur), and `servers` as the mount.
 */
#ifndef LEAT_API_PUBLISH_H
#define LEAT_API_PUBLISH_H

#include "lib/api/refs.h"
#include "lib/core/buf.h"

/* The public copy of the document that `refs` has open. The caller's. */
struct json_object *publish_tree(struct refs *refs, struct json_object *root);

/* The public document as text in two halves: between them the server's URL goes, JSON-escaped,
 * without quotes: a proxy's prefix and the mount. Both formats are made so. */
void publish_json(struct json_object *tree, struct buf *before, struct buf *after);
void publish_yaml(struct json_object *tree, struct buf *before, struct buf *after);

#endif
