/* SPDX-License-Identifier: MIT */
/* Percent-encoding (RFC 3986, 2.1) and its form variant with '+'. */
#ifndef LEAT_CORE_PERCENT_H
#define LEAT_CORE_PERCENT_H

#include <stdbool.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"
#include "lib/core/slice.h"

/* Decodes %xx and, with `plus`, '+' as a space. Text without either is returned as it is, other
 * text lies in the arena. False: a bad escape, or %00. */
bool percent_decode(struct slice text, bool plus, struct arena *arena, struct slice *out);
/* Appends the text with everything encoded but what RFC 3986, 2.3 leaves unreserved. */
void percent_put(struct buf *out, struct slice text);

#endif
