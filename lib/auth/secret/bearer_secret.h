/* SPDX-License-Identifier: MIT */
/*
 * Secrets that say nothing by themselves: refresh tokens, sessions, what is mailed. They are kept
 * hashed. Of 256 random bits SHA-256 is enough: nobody can try them all, so there is nothing that a
 * salt or a slow hash would hinder, and without a salt the hash is the key to look them up by.
 */
#ifndef LEAT_AUTH_SECRET_BEARER_SECRET_H
#define LEAT_AUTH_SECRET_BEARER_SECRET_H

#include "lib/core/slice.h"

enum { OPAQUE_TEXT = 44, OPAQUE_HASH = 65, OPAQUE_KEY = 32 };

/* 32 random bytes as base64url, and a NUL. */
void opaque_make(char out[static OPAQUE_TEXT]);
/* SHA-256 in hexadecimal, and a NUL. */
void opaque_hash(struct slice text, char out[static OPAQUE_HASH]);
/* HMAC-SHA256(key, text || 0 || salt) as base64url, and a NUL: the successor of a token, which who
 * holds token, salt and key can make again, so that the same use has the same answer and nothing is
 * stored in the clear. `text` has no NUL in it. */
void opaque_derive(const unsigned char key[static OPAQUE_KEY], struct slice text, struct slice salt,
                   char out[static OPAQUE_TEXT]);

#endif
