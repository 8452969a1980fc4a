/* SPDX-License-Identifier: MIT */
/*
 * Checks A-labels ("xn--caf-dma"): punycode (RFC 3492) of a label that RFC 5891, 4.2 allows. The
 * checks cover hyphens, a leading combining mark, the contextual rules (RFC 5892, appendix A), and
 * blocks in which RFC 5892 disallows everything. For lack of tables they do not cover the remaining
 * single code points, normalization (NFC) and the Bidi rule (RFC 5893).
 */
#ifndef LEAT_SCHEMA_IDNA_H
#define LEAT_SCHEMA_IDNA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/slice.h"

enum { IDNA_LABEL_MAX = 63 }; /* RFC 1035, 2.3.4 */

/* Returns true if the label begins with "xn--" in any case. */
bool idna_has_prefix(struct slice label);
/* Returns true if it is a valid A-label. `label` must have the prefix and at most IDNA_LABEL_MAX
 * bytes. */
bool idna_is_a_label(struct slice label);

enum idna_set {
    IDNA_MARK,       /* general category M */
    IDNA_VIRAMA,     /* combining class 9 */
    IDNA_DISALLOWED, /* by block, not complete */
    IDNA_GREEK,
    IDNA_HEBREW,
    IDNA_CJK,     /* Hiragana, Katakana and Han */
    IDNA_JOINING, /* by block: cursive scripts */
};

/* Returns true if the set contains the code point. */
bool idna_is_in(enum idna_set set, uint32_t c);

#endif
