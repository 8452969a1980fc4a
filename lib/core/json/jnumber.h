/* SPDX-License-Identifier: MIT */
/*
 * JSON numbers (RFC 8259, 6), read and written exactly. Most take a few nanoseconds. Those with
 * many digits or large exponents ("hard" ones) go through the C library, which can take a thousand
 * times as long; the budget charges clients for that (HARD_NUMBER_STEPS).
 */
#ifndef LEAT_CORE_JSON_JNUMBER_H
#define LEAT_CORE_JSON_JNUMBER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/json/jvalue.h"

/* Returns where the number that starts at `text` ends, or NULL if there is none; text < end.
 * *is_integer is set if it has neither fraction nor exponent. */
const char *jnumber_scan(const char *text, const char *end, bool *is_integer);

/* Reads what jnumber_scan() found, as an integer within int64 or a double. Returns false if the
 * number is hard. */
bool jnumber_read_easy(struct slice text, bool is_integer, struct jvalue *out);
/* Reads any number as a double. Returns false if it is out of range. */
bool jnumber_read_hard(const char *text, struct jvalue *out);

enum { JNUMBER_TEXT = 32 };

/* Writes the shortest of 15 to 17 significant digits that read back as the same double, and a NUL.
 * The value must be finite. Returns the length. */
size_t jnumber_write(double value, char out[static JNUMBER_TEXT]);
/* Returns true if the value is hard to write. */
bool jnumber_is_hard(double value);

#endif
