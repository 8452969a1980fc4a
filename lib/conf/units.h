/* SPDX-License-Identifier: MIT */
/* The scalars of leat.yaml: text to number and back. */
#ifndef LEAT_CONF_UNITS_H
#define LEAT_CONF_UNITS_H

#include <stdbool.h>
#include <stddef.h>

/* "30s", "1m30s", "250ms", "2h", "1d" → milliseconds. */
bool units_duration_ms(const char *text, long long *out);
/* "64KiB", "10MB", "512", "512B" → bytes. */
bool units_size_bytes(const char *text, long long *out);
/* "100/min", "10/s", "5/10m": so many in a period of milliseconds, at most UNITS_RATE_MAX_MS; at
 * least a nanosecond for each. */
#define UNITS_RATE_MAX_MS (3650 * 86400000LL)
bool units_rate(const char *text, long long *count, long long *period_ms);
/* "ip", "sub", "api-key", "operation", "header:NAME", and up to four of them with +. */
bool units_is_rate_key(const char *text);
/* "0660" → 0660. */
bool units_mode(const char *text, long long *out);
/* "host:port", "[v6]:port", "*:port", "unix:path": whether it has that form. */
bool units_is_address(const char *text);
/* The number of edits between two words, for "did you mean". */
size_t units_distance(const char *a, const char *b);

#endif
