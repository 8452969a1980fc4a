/* SPDX-License-Identifier: MIT */
/* Media types (RFC 9110, 8.3.1), as far as bodies and answers need them. */
#ifndef LEAT_API_REQUEST_MEDIA_TYPE_H
#define LEAT_API_REQUEST_MEDIA_TYPE_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* How a body of some media type is read. */
enum media_kind {
    MEDIA_JSON,
    MEDIA_MERGE_PATCH, /* RFC 7396: absent is not null, and nothing is filled in */
    MEDIA_FORM,        /* application/x-www-form-urlencoded */
    MEDIA_MULTIPART,   /* multipart/form-data */
    MEDIA_TEXT,        /* text/…: a string */
    MEDIA_BYTES,       /* anything else: the bytes */
};

enum media_kind media_kind_of(struct slice type);
/* application/json, or a type that ends in +json; parameters are ignored. */
bool media_is_json(struct slice type);
/* Text of any kind, which compresses well: text, JSON, YAML, JavaScript, XML. */
bool media_is_text(struct slice type);
/* Whether `type` is what `range` ("text/plain", "image/" and a star, or both stars) stands for,
 * parameters aside. */
bool media_is_in_range(struct slice type, struct slice range);
/* How exact a range is, from 1 (both stars) to 3 (a type): the most exact one that fits decides
 * (RFC 9110, 12.5.1; OpenAPI 3.1, 4.8.13.1). */
int media_exactness(struct slice range);
/* Whether an Accept field (RFC 9110, 12.5.1) takes `type`; an empty one takes everything. */
bool media_is_accepted(struct slice accept, struct slice type);
/* Whether an Accept-Encoding field (RFC 9110, 12.5.3) names the coding, and does not refuse it. */
bool media_takes_coding(struct slice accept, const char *coding);

#endif
