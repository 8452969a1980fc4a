/* SPDX-License-Identifier: MIT */
/*
 * One key (RFC 7517), for exactly one algorithm: a token never chooses how a key is used. Whatever
 * its source (JWK, PEM, raw secret, chance), a key passes the same checks: at least 2048 bits of
 * RSA and a digest's length of secret, points on their curve, a private part that belongs to the
 * public one.
 *
 * A key keeps the contexts that it signs and checks with: it belongs to one thread at a time.
 */
#ifndef LEAT_AUTH_JOSE_JWK_H
#define LEAT_AUTH_JOSE_JWK_H

#include <stdbool.h>

#include <json-c/json.h>

#include "lib/auth/jose/jose.h"
#include "lib/core/slice.h"

struct jwk;

/* Reads a JWK: oct, RSA, EC (P-256, P-384) or OKP (Ed25519), public or private. NULL: *why says in
 * a static text what is wrong with it. `json` is borrowed. */
struct jwk *jwk_read(struct json_object *json, const char **why);
/* The algorithm that a JWK is meant for; JOSE_UNSAID: *why says why it is for no signature of ours
 * (kty, crv, alg, use, key_ops). The key itself is not looked at. */
enum jose_alg jwk_alg_of(struct json_object *json, const char **why);

/* The next three fail as jwk_read() does. `kid` NULL: derived from the key (jwk_kid()); `alg`
 * JOSE_UNSAID: from its kind (jose_default()). */

/* PEM: one private key (PKCS#8, SEC1, PKCS#1; not encrypted), public key, or certificate, of which
 * nothing but the key matters. */
struct jwk *jwk_read_pem(struct slice pem, const char *kid, enum jose_alg alg, const char **why);
/* The bytes of an HMAC secret. */
struct jwk *jwk_read_secret(struct slice secret, const char *kid, enum jose_alg alg,
                            const char **why);
/* PEM where it holds "-----BEGIN", a JWK where it begins with '{', else a secret. `kid` wins over
 * that of the JWK; an `alg` that differs from its own is refused. */
struct jwk *jwk_read_any(struct slice bytes, const char *kid, enum jose_alg alg, const char **why);

/* A new private key or secret. Aborts where there is no randomness. */
struct jwk *jwk_generate(enum jose_alg alg);
void jwk_free(struct jwk **key);

enum jose_alg jwk_alg(const struct jwk *key);
/* The given one; else the thumbprint (RFC 7638), of a secret a MAC by it, which tells nothing. */
const char *jwk_kid(const struct jwk *key);
/* Whether it has its private part (or is a secret), and key_ops, if there, let it sign. */
bool jwk_can_sign(const struct jwk *key);
/* As a JWK without what is private; NULL for a secret. The caller's. */
struct json_object *jwk_public(const struct jwk *key);
/* As a JWK with all there is. The caller's, and to be kept secret. */
struct json_object *jwk_private(const struct jwk *key);

#endif
