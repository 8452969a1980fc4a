/* SPDX-License-Identifier: MIT */
/*
 * ECMA-262 patterns (22.2.1, flag u, with Annex B's leniency where documents need it) as PCRE2
 * patterns that match the same texts. Only whether there is a match counts, not where: captures
 * that nothing refers to, greed and what an unanchored search makes superfluous at either end
 * (`.*foo.*`) are not kept.
 *
 * PCRE2 counts steps only where it may have to come back. The translation makes it count
 * every ECMA_STRIDE characters or says how many there may be to a step (`stride`), so that a limit
 * on steps is a limit on time.
 */
#ifndef LEAT_SCHEMA_ECMA_H
#define LEAT_SCHEMA_ECMA_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/buf.h"

enum { ECMA_LENGTH_MAX = 1 << 16, ECMA_DEPTH_MAX = 200, ECMA_GROUPS_MAX = 1000 };
enum { ECMA_STRIDE = 32 };

struct ecma_fault {
    const char *message; /* static */
    size_t offset;       /* bytes into the ECMA pattern */
};

struct ecma_text {
    struct buf pcre;
    struct buf marks; /* see ecma_offset() */
    size_t stride;    /* characters to a step, at most; SIZE_MAX: nothing bounds it */
};

/* False: *fault says what is no ECMA pattern, or what PCRE2 cannot do of it. Either way the caller
 * owns *out, and gives it to ecma_fini(). */
bool ecma_translate(const char *text, size_t len, struct ecma_text *out, struct ecma_fault *fault);
void ecma_fini(struct ecma_text *out);
/* Where in the ECMA pattern that stands which `offset` of out->pcre came of. */
size_t ecma_offset(const struct ecma_text *out, size_t offset);
/* Whether `text` is an ECMA pattern, be it one that PCRE2 cannot run. */
bool ecma_is_valid(const char *text, size_t len);

#endif
