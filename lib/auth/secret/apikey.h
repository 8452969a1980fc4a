/* SPDX-License-Identifier: MIT */
/*
 * API keys. The prefix lets scanners find what was published by mistake, the checksum keeps typing
 * errors from the database, the id names the key where people see it:
 *
 *     leat_ 3kT9xQ2a _ 27 characters   6 characters
 *           id         160 random bits  CRC-32 of all that stands before
 *
 * in base62 (0-9, A-Z, a-z). Kept as opaque_hash() of the whole text.
 */
#ifndef LEAT_AUTH_SECRET_APIKEY_H
#define LEAT_AUTH_SECRET_APIKEY_H

#include <stdbool.h>

#include "lib/core/slice.h"

enum { APIKEY_TEXT = 48, APIKEY_ID = 9 };

/* Makes a key, and its id apart; both end with a NUL. */
void apikey_make(char out[static APIKEY_TEXT], char id[static APIKEY_ID]);
/* Whether `text` has the form and the checksum of one; *id is borrowed from it. */
bool apikey_parse(struct slice text, struct slice *id);

#endif
