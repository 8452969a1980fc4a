/* SPDX-License-Identifier: MIT */
/* JSON Web Signatures (RFC 7515), compact: three parts, base64url, divided by points. */
#ifndef LEAT_AUTH_JOSE_JWS_H
#define LEAT_AUTH_JOSE_JWS_H

#include "lib/auth/jose/jwt.h"

/* Checks header, key and signature; `type` as in struct jwt_rules. JWT_OK: the payload has been
 * added to it. */
enum jwt_fault jws_verify(const struct keyset *keys, const char *type, struct slice token,
                          struct buf *payload);
/* Adds the signed payload to `out`. False: the key cannot sign. */
bool jws_sign(struct jwk *key, const char *type, struct slice payload, struct buf *out);

#endif
