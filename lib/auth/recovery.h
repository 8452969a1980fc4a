/* SPDX-License-Identifier: MIT */
/*
 * Recovery codes, each in place of one second factor: 50 random bits in Crockford's base32, in two
 * groups, abcde-fghjk. So few can be searched where only their hash is known: keep them as
 * opaque_derive() has them, under the server's key, never as opaque_hash() does.
 */
#ifndef LEAT_AUTH_RECOVERY_H
#define LEAT_AUTH_RECOVERY_H

#include <stdbool.h>

#include "lib/core/slice.h"

enum { RECOVERY_TEXT = 12 };

void recovery_make(char out[static RECOVERY_TEXT]);
/* The spelling of recovery_make() for what a person typed: any case, with or without dashes and
 * spaces, i and l for 1, o for 0. False: no such code. */
bool recovery_normalize(struct slice text, char out[static RECOVERY_TEXT]);

#endif
