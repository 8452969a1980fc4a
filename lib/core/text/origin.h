/* SPDX-License-Identifier: MIT */
/*
 * Origins as browsers send them (RFC 6454), https://app.example:8443, and patterns of them: as
 * host *.example.com stands for whatever has one label or more in front of .example.com, and a
 * lone * for all origins. "null", any page that hides where it is from, is none of them.
 */
#ifndef LEAT_CORE_TEXT_ORIGIN_H
#define LEAT_CORE_TEXT_ORIGIN_H

#include "lib/core/slice.h"

/* NULL where `pattern` is one, otherwise what is wrong with it (static). */
const char *origin_fault(const char *pattern);
/* Whether `origin`, as a client sent it, is one that `pattern` (without fault) means. */
bool origin_matches(const char *pattern, struct slice origin);

#endif
