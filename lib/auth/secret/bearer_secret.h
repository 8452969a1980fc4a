/* SPDX-License-Identifier: MIT */
/*
 * Random secrets: refresh tokens, sessions, tokens in mails. They are stored hashed. For 256 random
 * bits SHA-256 is enough: they cannot be searched, so a salt or a slow hash would add nothing, and
 * without a salt the hash serves as the lookup key.
 */
#ifndef LEAT_AUTH_SECRET_BEARER_SECRET_H
#define LEAT_AUTH_SECRET_BEARER_SECRET_H

#include "lib/core/slice.h"

enum { BEARER_SECRET_TEXT = 44, BEARER_SECRET_HASH = 65, BEARER_SECRET_KEY = 32 };

/* Writes 32 random bytes as base64url, NUL-terminated. */
void bearer_secret_make(char out[static BEARER_SECRET_TEXT]);
/* Writes SHA-256 in hexadecimal, NUL-terminated. */
void bearer_secret_hash(struct slice text, char out[static BEARER_SECRET_HASH]);
/* Writes HMAC-SHA256(key, text || 0 || salt) as base64url, NUL-terminated: the successor of a
 * token. Whoever has token, salt and key can derive it again, so that a repeated use gets the same
 * answer and nothing is stored in the clear. `text` must not hold NUL. */
void bearer_secret_derive(const unsigned char key[static BEARER_SECRET_KEY], struct slice text,
                          struct slice salt, char out[static BEARER_SECRET_TEXT]);

#endif
