/* SPDX-License-Identifier: MIT */
/* Signatures as JWS has them (RFC 7518, 3): MACs whole, ECDSA as r and s of fixed length. */
#ifndef LEAT_AUTH_JOSE_SIGNATURE_H
#define LEAT_AUTH_JOSE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/auth/jose/jwk.h"
#include "lib/core/slice.h"

enum { SIGNATURE_MAX = 1024 }; /* bytes: RSA of 8192 bits */

/* False: the key cannot sign. */
bool signature_make(struct jwk *key, struct slice input, unsigned char out[static SIGNATURE_MAX],
                    size_t *len);
bool signature_is_valid(struct jwk *key, struct slice input, struct slice signature);

#endif
