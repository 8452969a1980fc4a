/* SPDX-License-Identifier: MIT */
/*
 * What a client keeps for the server and can neither read nor change: AES-256-GCM (NIST SP 800-38D)
 * by OpenSSL, as base64url. Each purpose has a key of its own, derived from the server's, so that
 * what was sealed for one is nothing for another.
 */
#ifndef LEAT_AUTH_SECRET_SEAL_H
#define LEAT_AUTH_SECRET_SEAL_H

#include <stdbool.h>

#include "lib/core/buf.h"

enum { SEAL_KEY = 32 };

/* Appends the sealed text. */
void seal_close(const unsigned char key[static SEAL_KEY], const char *purpose, struct slice text,
                struct buf *out);
/* Appends the text that was sealed; false: it was not, or not for that purpose by that key. */
bool seal_open(const unsigned char key[static SEAL_KEY], const char *purpose, struct slice sealed,
               struct buf *out);

#endif
