/* SPDX-License-Identifier: MIT */
/* Parsers for the scalars of leat.yaml. All return false for text that they do not understand. */
#ifndef LEAT_CONF_UNITS_H
#define LEAT_CONF_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* Parses "30s", "1m30s", "250ms", "2h" or "1d" into milliseconds. */
bool units_duration_ms(const char *text, long long *out);
enum { UNITS_TEXT = 32 };
/* Writes a duration of at least 0 in the largest unit that divides it: "90m", "2h". */
void units_duration_text(char out[UNITS_TEXT], long long ms);
/* Writes a size of at least 0 in the largest binary unit that divides it: "64KiB", "512B". */
void units_size_text(char out[UNITS_TEXT], long long bytes);
/* Parses "64KiB", "10MB", "512" or "512B" into bytes. */
bool units_size_bytes(const char *text, long long *out);
/* Parses "100/min", "10/s" or "5/10m" into a count and a period in milliseconds, at most
 * UNITS_RATE_MAX_MS and at least a nanosecond for each request. */
#define UNITS_RATE_MAX_MS (3650 * 86400000LL)
bool units_rate(const char *text, long long *count, long long *period_ms);
/* Returns true for "ip", "sub", "api-key", "operation" or "header:NAME", or up to four of them
 * joined by '+'. */
bool units_is_rate_key(const char *text);
/* Parses octal permissions, "0660". */
bool units_mode(const char *text, long long *out);
/* Returns true if the text has the form "host:port", "[v6]:port", "*:port" or "unix:path". */
bool units_is_address(const char *text);
/* Returns the edit distance of two words, for "did you mean". */
size_t units_distance(const char *a, const char *b);

#endif
