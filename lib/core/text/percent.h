/* SPDX-License-Identifier: MIT */
/* Percent-encoding (RFC 3986, 2.1) and its form variant with '+'. */
#ifndef LEAT_CORE_TEXT_PERCENT_H
#define LEAT_CORE_TEXT_PERCENT_H

#include <stdbool.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"
#include "lib/core/slice.h"

/* Decodes %XX and, with `plus`, '+' as a space. Text without either is returned as it is, other
 * text lies in the arena. Returns false for a malformed escape or %00. */
bool percent_decode(struct slice text, bool plus, struct arena *arena, struct slice *out);
/* Appends `text` with all but the unreserved characters (2.3) as %XX. */
void percent_encode(struct buf *out, struct slice text);

#endif
