/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions as JSON Schema means them: ECMA-262 with the flag u, unanchored, over code
 * points; run by PCRE2. The pattern is translated, so that nothing that only PCRE2 knows works and
 * nothing means something else there (\d is ASCII, \s is not, $ is the very end, [^] is anything).
 * Annex B's identity escapes (\-, \@) are taken, because documents are full of them.
 *
 * A match may cost so many steps as are reasonable for the length of the text (16384 and 4 for each
 * byte), in all and not for each start, and 4 MiB: one that needs more is given up. And all matches
 * of a request draw on its budget. So a client's texts can never hang a worker, whatever the
 * patterns.
 *
 * A pattern is read-only once made: any number of threads may match with it. What a match works
 * with belongs to the thread, which keeps it until it ends.
 */
#ifndef LEAT_SCHEMA_PATTERN_H
#define LEAT_SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/budget.h"
#include "lib/core/slice.h"

struct pattern;

/* Compiles; NULL: *why (static, or good until the thread's next call) and *offset, in bytes of
 * `text`, say what is wrong: no pattern of ECMA-262, or one that PCRE2 cannot run (a lookbehind
 * without a fixed length, counts above 65535, a property that it does not know, a reference to a
 * group that a repeat may have skipped, more than 64 KiB when compiled). */
struct pattern *pattern_new(const char *text, size_t len, const char **why, size_t *offset);
/* *p may be NULL. */
void pattern_free(struct pattern **p);
/* Whether the pattern matches somewhere in the text (valid UTF-8). Allocates only where many groups
 * are repeated, and less and less. False also where the budget has ended: by BUDGET_PATTERN, if it
 * is this match that takes too much. */
bool pattern_match(const struct pattern *p, struct slice text, struct budget *budget);
/* The same without a budget; *is_too_costly (may be NULL): it was given up. */
bool pattern_matches(const struct pattern *p, const char *text, size_t len, bool *is_too_costly);
/* Whether `text` is a regular expression at all: the format "regex". Also true of what PCRE2 cannot
 * run; false past 64 KiB, 200 nested or 1000 capturing groups. */
bool pattern_is_valid(const char *text, size_t len);

#endif
