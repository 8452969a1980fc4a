/* SPDX-License-Identifier: MIT */
/*
 * Translates ECMA-262 patterns (22.2.1, flag u, with those leniencies of Annex B that documents
 * need) to PCRE2 patterns that match the same texts. Only whether there is a match counts, not
 * where: captures that nothing refers to, greed, and what is superfluous at either end of an
 * unanchored search (`.*foo.*`) are dropped.
 *
 * PCRE2 counts steps only where it may have to come back. The translation makes it count every
 * ECMA_STRIDE characters, or says how many characters one step may cover (`stride`), so that a
 * limit on steps is a limit on time.
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
    size_t stride;    /* the most characters per step; SIZE_MAX if unlimited */
};

/* Translates a pattern. Returns false, with the reason in *fault, if it is not an ECMA pattern or
 * PCRE2 cannot do the same. The caller owns *out in either case and passes it to ecma_fini(). */
bool ecma_translate(const char *text, size_t len, struct ecma_text *out, struct ecma_fault *fault);
void ecma_fini(struct ecma_text *out);
/* Returns the place in the ECMA pattern from which `offset` of out->pcre comes. */
size_t ecma_offset(const struct ecma_text *out, size_t offset);
/* Returns true if `text` is an ECMA pattern, even if PCRE2 cannot run it. */
bool ecma_is_valid(const char *text, size_t len);

#endif
