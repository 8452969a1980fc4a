/* SPDX-License-Identifier: MIT */
/* Writes JSON straight into a buffer, at a tenth of the cost of building a json-c tree. */
#ifndef LEAT_CORE_JSON_JWRITE_H
#define LEAT_CORE_JSON_JWRITE_H

#include <json-c/json.h>

#include "lib/core/buf.h"

/* Writes `text` quoted and escaped (RFC 8259, 7). Invalid UTF-8 becomes U+FFFD, and C0 80 (see
 * jread.h) becomes \u0000, so the output is always valid JSON. */
void jwrite_string(struct buf *b, const char *text, size_t len);
/* Writes the shortest of 15 to 17 digits that read back as the same number, or null if it is not
 * finite. */
void jwrite_double(struct buf *b, double value);
/* Writes `"name":`. */
void jwrite_key(struct buf *b, const char *name);
/* Writes a json-c tree without white space. */
void jwrite_value(struct buf *b, struct json_object *value);

#endif
