/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions as JSON Schema defines them: ECMA-262 with flag u, unanchored, over code
 * points; run by PCRE2. Patterns are translated, so that nothing specific to PCRE2 works and
 * nothing has another meaning there (\d is ASCII, \s is not, $ is the very end, [^] is any
 * character). Identity escapes of Annex B (\-, \@) are accepted, since documents are full of them.
 *
 * A match may take a number of steps that is reasonable for the length of the text (16384, and 4
 * for each byte), in total and not for each start, and 4 MiB; one that needs more is given up. All
 * matches of a request also draw on its budget. So no text of a client can hang a worker, whatever
 * the patterns.
 *
 * A pattern is immutable: any number of threads may match with it. The working memory belongs to
 * the thread, which keeps it until it ends.
 */
#ifndef LEAT_SCHEMA_PATTERN_H
#define LEAT_SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/budget.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

struct pattern;

/* Compiles a pattern. Returns NULL, with *fault and
 * *offset in bytes of `text`, if it is not an ECMA-262 pattern, or one that PCRE2 cannot run: a
 * lookbehind without fixed length, counts above 65535, an unknown property, a reference to a group
 * that a repeat may have skipped, or more than 64 KiB when compiled. */
struct pattern *pattern_new(const char *text, size_t len, struct fault *fault);
/* Frees a pattern; *p may be NULL. */
void pattern_free(struct pattern **p);
/* Returns true if the pattern matches somewhere in the text (valid UTF-8). Allocates only if many
 * groups are repeated, and less and less. Returns false also if the budget has ended, with
 * BUDGET_PATTERN if this match takes too much. */
bool pattern_match(const struct pattern *p, struct slice text, struct budget *budget);
/* Matches without a budget. *is_too_costly (may be NULL) is set if the match was given up. */
bool pattern_matches(const struct pattern *p, const char *text, size_t len, bool *is_too_costly);
/* Returns true if `text` is a regular expression (the format "regex"), even if PCRE2 cannot run it.
 * False for more than 64 KiB, 200 nested or 1000 capturing groups. */
bool pattern_is_valid(const char *text, size_t len);

#endif
