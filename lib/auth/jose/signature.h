/* SPDX-License-Identifier: MIT */
/* Signatures in JWS's form (RFC 7518, 3): whole MACs, and ECDSA as r and s of fixed length. */
#ifndef LEAT_AUTH_JOSE_SIGNATURE_H
#define LEAT_AUTH_JOSE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/auth/jose/jwk.h"
#include "lib/core/slice.h"

enum { SIGNATURE_MAX = 1024 }; /* bytes; allows RSA of 8192 bits */

/* Signs `input`. Returns false if the key cannot sign. */
bool signature_make(struct jwk *key, struct slice input, unsigned char out[static SIGNATURE_MAX],
                    size_t *len);
bool signature_is_valid(struct jwk *key, struct slice input, struct slice signature);

#endif
