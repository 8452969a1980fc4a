/* SPDX-License-Identifier: MIT */
/*
 * Regular expressions as JSON Schema means them: ECMA-262 with the flag u, unanchored, over code
 * points; run by PCRE2. The pattern is translated, so that nothing that only PCRE2 knows works and
 * nothing means something else there (\d is ASCII, \s is not, $ is the very end, [^] is anything).
 * Annex B's identity escapes (\-, \@) are taken, because documents are full of them.
 *
 * A match may cost so many steps as are reasonable for the length of the text, in all and not for
 * each start: one that needs more is none. So a client's text can never hang a worker, whatever
 * the pattern.
 */
#ifndef LEAT_SCHEMA_PATTERN_H
#define LEAT_SCHEMA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct pattern;

/* Compiles; NULL: *why (static or of the last failure, good until the next call) and *offset, in
 * bytes of `text`, say what is wrong. */
struct pattern *pattern_new(const char *text, size_t len, const char **why, size_t *offset);
void pattern_free(struct pattern **p);
/* Whether the pattern matches somewhere in the text (valid UTF-8). No allocation for simple
 * patterns. *is_too_costly (may be NULL): false was returned because the steps ran out. */
bool pattern_matches(const struct pattern *p, const char *text, size_t len, bool *is_too_costly);
/* Whether `text` is a regular expression at all: the format "regex". */
bool pattern_is_valid(const char *text, size_t len);

#endif
