/* SPDX-License-Identifier: MIT */
/*
 * What a text in an OpenAPI document may have to be: a path, a status, a media range (RFC 9110,
 * 12.5.1), the URL of a server (OpenAPI 3.1.0, 4.8.5), …, or what lib/schema/format.h knows.
 */
#ifndef LEAT_API_DOCUMENT_TEXT_KINDS_H
#define LEAT_API_DOCUMENT_TEXT_KINDS_H

#include <stdbool.h>

#include "lib/core/slice.h"

/* Whether `text` is of the kind. `is_31`: as OpenAPI 3.1 has it, not 3.0. If not, *words says what
 * it would have to be ("a media type or range, such as text/plain"; static). The kind exists. */
bool textkind_is(struct slice kind, struct slice text, bool is_31, const char **words);

#endif
