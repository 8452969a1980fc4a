/* SPDX-License-Identifier: MIT */
/* UTF-8 by RFC 3629: no surrogates, no overlong forms, nothing past U+10FFFF. */
#ifndef LEAT_CORE_TEXT_UTF8_H
#define LEAT_CORE_TEXT_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

/* Returns the length of the sequence at `text`, which has `left` readable bytes, or 0 if it is
 * invalid or cut off. */
size_t utf8_sequence(const char *text, size_t left);
bool utf8_is_valid(const char *text, size_t len);
/* Appends a code point, which must not be a surrogate. */
void utf8_put(struct buf *b, uint32_t c);

#endif
