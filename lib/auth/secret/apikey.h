/* SPDX-License-Identifier: MIT */
/*
 * API keys. The prefix lets scanners find leaked keys, the checksum spares the database typing
 * errors, and the id names the key in lists:
 *
 *     leat_ 3kT9xQ2a _ 27 characters   6 characters
 *           id         160 random bits  CRC-32 of everything before
 *
 * in base62 (0-9, A-Z, a-z). Stored as bearer_secret_hash() of the whole text.
 */
#ifndef LEAT_AUTH_SECRET_APIKEY_H
#define LEAT_AUTH_SECRET_APIKEY_H

#include <stdbool.h>

#include "lib/core/slice.h"

enum { APIKEY_TEXT = 48, APIKEY_ID = 9 };

/* Makes a key and its id, both NUL-terminated. */
void apikey_make(char out[static APIKEY_TEXT], char id[static APIKEY_ID]);
/* Returns true if `text` has the form and checksum of a key; *id is borrowed from it. */
bool apikey_parse(struct slice text, struct slice *id);

#endif
