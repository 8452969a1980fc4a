/* SPDX-License-Identifier: MIT */
/*
 * Web origins as browsers send them (RFC 6454), https://app.example:8443, and patterns for them:
 * the host *.example.com matches names with one or more labels in front of .example.com, and a lone
 * * matches all origins. "null", which pages that hide their origin send, is not an origin here.
 */
#ifndef LEAT_CORE_TEXT_ORIGIN_H
#define LEAT_CORE_TEXT_ORIGIN_H

#include "lib/core/slice.h"

/* Returns NULL if `pattern` is valid, otherwise what is wrong with it (static). */
const char *origin_fault(const char *pattern);
/* Returns true if `origin`, as a client sent it, matches `pattern`, which must be valid. */
bool origin_matches(const char *pattern, struct slice origin);

#endif
