/* SPDX-License-Identifier: MIT */
/*
 * Numbers as JSON writes them (RFC 8259, 6), read and written exactly. Most take a few nanoseconds;
 * those with many digits or large exponents ("hard") go through the C library, which may take some
 * thousand times as long. What clients send is charged by that: see HARD_NUMBER_STEPS.
 */
#ifndef LEAT_CORE_JSON_JNUMBER_H
#define LEAT_CORE_JSON_JNUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/json/jvalue.h"

/* Where the number at the front of [text, end) ends; text < end. NULL: there is none. *is_integer:
 * it has neither fraction nor exponent. */
const char *jnumber_scan(const char *text, const char *end, bool *is_integer);

/* Reads what jnumber_scan() has found: an integer within int64, or a double. False: it is hard. */
bool jnumber_read_easy(struct slice text, bool is_integer, struct jvalue *out);
/* Reads any as a double. False: it is out of range. */
bool jnumber_read_hard(const char *text, struct jvalue *out);

enum { JNUMBER_TEXT = 32 };

/* Writes the shortest of 15 to 17 significant digits that read back as the same double, which is
 * finite; with a NUL behind them. Returns their length. */
size_t jnumber_write(double value, char out[static JNUMBER_TEXT]);
/* Whether writing it is hard. */
bool jnumber_is_hard(double value);

#endif
