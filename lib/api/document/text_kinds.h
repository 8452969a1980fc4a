/* SPDX-License-Identifier: MIT */
/*
 * Checks what a text in an OpenAPI document must be in some place: a path, a status, a media range
 * (RFC 9110, 12.5.1), a server's URL (OpenAPI 3.1.0, 4.8.5), …, or any format of
 * lib/schema/format.h.
 */
#ifndef LEAT_API_DOCUMENT_TEXT_KINDS_H
#define LEAT_API_DOCUMENT_TEXT_KINDS_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Returns true if `text` is of the kind, which must exist. If not, *words describes what is
 * expected ("a media type or range, such as text/plain"; static). */
bool text_kind_is(struct slice kind, struct slice text, const char **words);

#endif
