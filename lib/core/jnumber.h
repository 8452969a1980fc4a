/* SPDX-License-Identifier: MIT */
/* The grammar of JSON numbers (RFC 8259, 6). */
#ifndef LEAT_CORE_JNUMBER_H
#define LEAT_CORE_JNUMBER_H

#include <stdbool.h>

/* The end of the number that starts at `text`, which is before `end`; NULL if none does.
 * *is_integer: it has neither fraction nor exponent. */
const char *jnumber_scan(const char *text, const char *end, bool *is_integer);

#endif
