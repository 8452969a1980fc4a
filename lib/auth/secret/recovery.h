/* SPDX-License-Identifier: MIT */
/*
 * Recovery codes, each of which replaces the second factor once: 120 random bits in Crockford's
 * base32, in four groups, abcdef-ghjkmn-pqrstv-wxyz01. That many bits cannot be searched, so
 * bearer_secret_hash() suffices for storage (OWASP ASVS 5, 6.5.2 demands a slow hash below 112).
 */
#ifndef LEAT_AUTH_SECRET_RECOVERY_H
#define LEAT_AUTH_SECRET_RECOVERY_H

#include <stdbool.h>

#include "lib/core/slice.h"

enum { RECOVERY_TEXT = 28 };

/* Makes a random code, NUL-terminated. */
void recovery_make(char out[static RECOVERY_TEXT]);
/* Normalizes what a person typed to the spelling of recovery_make(): any case, with or without
 * dashes and spaces, i and l for 1, o for 0. Returns false if it is not such a code. */
bool recovery_normalize(struct slice text, char out[static RECOVERY_TEXT]);

#endif
