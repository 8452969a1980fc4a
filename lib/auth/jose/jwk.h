/* SPDX-License-Identifier: MIT */
/*
 * One key (RFC 7517), for exactly one algorithm: a token never chooses how a key is used. Whatever
 * its source (a JWK, PEM, a raw secret, generation), a key passes the same checks: RSA of at least
 * 2048 bits, secrets at least as long as the digest, points on their curve, and a private part that
 * belongs to the public one.
 *
 * A key holds the contexts with which it signs and verifies, so only one thread may use it at a
 * time.
 */
#ifndef LEAT_AUTH_JOSE_JWK_H
#define LEAT_AUTH_JOSE_JWK_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/auth/jose/jose.h"
#include "lib/core/fault.h"
#include "lib/core/slice.h"

struct jwk;

/* Reads a JWK: oct, RSA, EC (P-256, P-384) or OKP (Ed25519), public or private. `json` is borrowed.
 * Returns NULL with *fault on failure. */
struct jwk *jwk_read(struct json_object *json, struct fault *fault);
/* Returns the algorithm that a JWK is meant for, by its kty, crv, alg, use and key_ops. Returns
 * JOSE_UNSAID with *fault if it is not for signatures that we know. The key itself is not
 * examined. */
enum jose_alg jwk_alg_of(struct json_object *json, struct fault *fault);

/* The next three fail as jwk_read() does. If `kid` is NULL it is derived from the key (jwk_kid());
 * if `alg` is JOSE_UNSAID it follows from the kind of key (jose_default()). */

/* Reads PEM: one private key (PKCS#8, SEC1 or PKCS#1, not encrypted), public key, or certificate,
 * of which only the key is used. */
struct jwk *jwk_read_pem(struct slice pem, const char *kid, enum jose_alg alg, struct fault *fault);
/* Reads the bytes of an HMAC secret. */
struct jwk *jwk_read_secret(struct slice secret, const char *kid, enum jose_alg alg,
                            struct fault *fault);
/* Reads PEM if the bytes contain "-----BEGIN", a JWK if they begin with '{', otherwise a secret.
 * `kid` overrides that of a JWK; an `alg` that differs from the JWK's is refused. */
struct jwk *jwk_read_any(struct slice bytes, const char *kid, enum jose_alg alg,
                         struct fault *fault);

/* Makes a new private key or secret. Aborts if there is no randomness. */
struct jwk *jwk_generate(enum jose_alg alg);
void jwk_free(struct jwk **key);

enum jose_alg jwk_alg(const struct jwk *key);
/* Returns the given key id, or one derived: the thumbprint (RFC 7638), or for a secret a MAC by it,
 * which reveals nothing. */
const char *jwk_kid(const struct jwk *key);
/* Returns true if the key has its private part (or is a secret) and its key_ops, if any, allow
 * signing. */
bool jwk_can_sign(const struct jwk *key);
/* Returns the key as a JWK without private members, or NULL for a secret. The caller's. */
struct json_object *jwk_public(const struct jwk *key);
/* Returns the key as a JWK with all members. The caller's, and to be kept secret. */
struct json_object *jwk_private(const struct jwk *key);

#endif
