/* SPDX-License-Identifier: MIT */
/*
 * Checks A-labels ("xn--caf-dma") with libidn2. An A-label is valid if it is the punycode (RFC
 * 3492) of a label that RFC 5891 (4.2) allows, and if encoding that label gives the same text
 * again.
 */
#ifndef LEAT_SCHEMA_IDNA_H
#define LEAT_SCHEMA_IDNA_H

#include <stdbool.h>

#include "lib/core/slice.h"

enum { IDNA_LABEL_MAX = 63 }; /* RFC 1035, 2.3.4 */

/* Returns true if the label begins with "xn--" in any case. */
bool idna_has_prefix(struct slice label);
/* Returns true if it is a valid A-label. `label` must have the prefix and at most IDNA_LABEL_MAX
 * bytes, none of them NUL. */
bool idna_is_a_label(struct slice label);

#endif
