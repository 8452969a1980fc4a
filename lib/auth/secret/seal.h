/* SPDX-License-Identifier: MIT */
/*
 * Text that a client keeps for the server and can neither read nor change: AES-256-GCM (NIST SP
 * 800-38D) by OpenSSL, as base64url. Each purpose has its own key, derived from the server's, so
 * that text sealed for one is invalid for another.
 */
#ifndef LEAT_AUTH_SECRET_SEAL_H
#define LEAT_AUTH_SECRET_SEAL_H

#include <stdbool.h>

#include "lib/core/buf.h"

enum { SEAL_KEY = 32 };

/* Appends the sealed text. */
void seal_close(const unsigned char key[static SEAL_KEY], const char *purpose, struct slice text,
                struct buf *out);
/* Appends the text that was sealed. Returns false if it was not sealed by that key for that
 * purpose. */
bool seal_open(const unsigned char key[static SEAL_KEY], const char *purpose, struct slice sealed,
               struct buf *out);

#endif
