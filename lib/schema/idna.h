/* SPDX-License-Identifier: MIT */
/*
 * A-labels ("xn--caf-dma"): punycode (RFC 3492) of what RFC 5891, 4.2 lets be a label. Checked are
 * hyphens, a leading combining mark, the contextual rules (RFC 5892, appendix A) and the blocks
 * that hold nothing but what RFC 5892 disallows. Not checked, for want of tables: the remaining
 * code points one by one, normalization (NFC), and the Bidi rule (RFC 5893).
 */
#ifndef LEAT_SCHEMA_IDNA_H
#define LEAT_SCHEMA_IDNA_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/slice.h"

enum { IDNA_LABEL_MAX = 63 }; /* RFC 1035, 2.3.4 */

/* Whether the label claims to be one: "xn--" in either case. */
bool idna_has_prefix(struct slice label);
/* Whether it is one. `label` has the prefix and at most IDNA_LABEL_MAX bytes. */
bool idna_is_a_label(struct slice label);

enum idna_set {
    IDNA_MARK,       /* general category M */
    IDNA_VIRAMA,     /* combining class 9 */
    IDNA_DISALLOWED, /* blocks, not all */
    IDNA_GREEK,
    IDNA_HEBREW,
    IDNA_CJK,     /* Hiragana, Katakana and Han */
    IDNA_JOINING, /* blocks of cursive scripts */
};

bool idna_is_in(enum idna_set set, uint32_t c);

#endif
