/* SPDX-License-Identifier: MIT */
/* JSON Web Signatures (RFC 7515), compact: three base64url parts separated by points. */
#ifndef LEAT_AUTH_JOSE_JWS_H
#define LEAT_AUTH_JOSE_JWS_H

#include "lib/auth/jose/jwt.h"

/* Verifies header, key and signature; `type` is as in struct jwt_rules. On JWT_OK the payload has
 * been appended. */
enum jwt_fault jws_verify(const struct keyset *keys, const char *type, struct slice token,
                          struct buf *payload);
/* Appends the signed payload to `out`. Returns false if the key cannot sign. */
bool jws_sign(struct jwk *key, const char *type, struct slice payload, struct buf *out);

#endif
