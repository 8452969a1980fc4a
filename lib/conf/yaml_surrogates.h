/* SPDX-License-Identifier: MIT */
/*
 * Pairs of surrogate escapes in YAML, such as "\\ud83d\\ude00". JSON writes them, so YAML 1.2 must
 * read them (1.3, 5.7), but libyaml refuses every escape of a surrogate. They are hidden from it as
 * escapes of private-use characters that the file does not use, and put back in what it returns.
 */
#ifndef LEAT_CONF_YAML_SURROGATES_H
#define LEAT_CONF_YAML_SURROGATES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/buf.h"
#include "lib/core/slice.h"

struct surrogates;

/* Writes the text to `out` with its pairs hidden; positions stay the same. Returns how, for
 * surrogates_show() (static), or NULL if there are none or they cannot be hidden, and the text is
 * to be parsed as it is. */
const struct surrogates *surrogates_hide(struct slice text, struct buf *out);
/* Puts the pairs in a scalar back, in place: as characters if it was double-quoted, where escapes
 * count, otherwise as they were written. Returns the new length, which is not greater; the text
 * stays terminated. */
size_t surrogates_show(const struct surrogates *how, char *text, size_t len, bool is_quoted);

#endif
