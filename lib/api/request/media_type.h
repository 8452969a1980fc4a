/* SPDX-License-Identifier: MIT */
/* Media types (RFC 9110, 8.3.1), as far as request bodies and answers need them. */
#ifndef LEAT_API_REQUEST_MEDIA_TYPE_H
#define LEAT_API_REQUEST_MEDIA_TYPE_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* The way in which a body of a media type is read. */
enum media_kind {
    MEDIA_JSON,        /* layers/read_body.c */
    MEDIA_MERGE_PATCH, /* RFC 7396: absent differs from null, and defaults are not filled in */
    MEDIA_FORM,        /* application/x-www-form-urlencoded: request/form.c */
    MEDIA_MULTIPART,   /* multipart/form-data: request/form.c */
    MEDIA_TEXT,        /* text/…: a string */
    MEDIA_BYTES,       /* anything else: bytes, which handlers/sql.c binds as a BLOB */
};

enum media_kind media_kind_of(struct slice type);
/* Returns true if bodies of the kind are read into members. */
static inline bool media_is_parsed(enum media_kind kind)
{
    return kind != MEDIA_TEXT && kind != MEDIA_BYTES;
}
/* Returns true for application/json and types that end in +json. Parameters are ignored. */
bool media_is_json(struct slice type);
/* Returns true for types that compress well: text, JSON, YAML, JavaScript, XML. */
bool media_is_text(struct slice type);
/* Returns true if `range` ("text/plain", "image/" and a star, or both stars) matches `type`.
 * Parameters are ignored. */
bool media_is_in_range(struct slice type, struct slice range);
/* Returns how specific a range is, from 1 (both stars) to 3 (a type). Of those that match, the most
 * specific decides (RFC 9110, 12.5.1; OpenAPI 3.1, 4.8.13.1). */
int media_exactness(struct slice range);
/* Returns true if an Accept field (RFC 9110, 12.5.1) accepts `type`. An empty field accepts
 * everything. */
bool media_is_accepted(struct slice accept, struct slice type);
/* Returns true if an Accept-Encoding field (RFC 9110, 12.5.3) lists the coding with a weight above
 * 0. */
bool media_takes_coding(struct slice accept, const char *coding);

#endif
