/* SPDX-License-Identifier: MIT */
/*
 * Recovery codes, each in place of one second factor: 120 random bits in Crockford's base32, in
 * four groups, abcdef-ghjkmn-pqrstv-wxyz01. So many cannot be searched: opaque_hash() will do to
 * keep them by (OWASP ASVS 5, 6.5.2 asks for a slow hash below 112).
 */
#ifndef LEAT_AUTH_SECRET_RECOVERY_H
#define LEAT_AUTH_SECRET_RECOVERY_H

#include <stdbool.h>

#include "lib/core/slice.h"

enum { RECOVERY_TEXT = 28 };

void recovery_make(char out[static RECOVERY_TEXT]);
/* The spelling of recovery_make() for what a person typed: any case, with or without dashes and
 * spaces, i and l for 1, o for 0. False: no such code. */
bool recovery_normalize(struct slice text, char out[static RECOVERY_TEXT]);

#endif
