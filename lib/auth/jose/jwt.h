/* SPDX-License-Identifier: MIT */
/*
 * JSON Web Tokens (RFC 7519), signed and compact (RFC 7515), by the rules of RFC 8725: the key
 * decides on the algorithm, nothing in the token leads to a key but its `kid`, unknown critical
 * extensions are refused, and every token expires (`exp`).
 */
#ifndef LEAT_AUTH_JOSE_JWT_H
#define LEAT_AUTH_JOSE_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "lib/auth/jose/keyset.h"
#include "lib/core/buf.h"

enum { JWT_TOKEN_MAX = 16384 };

enum jwt_fault {
    JWT_OK,
#define FAULT(name, text) JWT_##name,
#include "lib/auth/jose/jwt.def"
#undef FAULT
    JWT_FAULT_COUNT
};

/* Rules for accepting a token. All borrowed. */
struct jwt_rules {
    const struct keyset *keys;
    const char *issuer; /* required value of `iss`; NULL accepts any or none */
    const char *const *audiences;
    size_t audience_count; /* 0 accepts any `aud` */
    /* Required value of `typ`, ignoring case and with or without "application/". NULL accepts
     * "JWT", "at+jwt" (RFC 9068) or none. */
    const char *type;
    int leeway_s;       /* for exp, nbf and iat */
    bool needs_subject; /* `sub` is required */
};

/* Verifies a token. On JWT_OK *claims is an object, the caller's, in which no text holds U+0000,
 * and sub, iss and jti, if present, are texts without control characters. Otherwise *claims is
 * NULL. */
enum jwt_fault jwt_verify(const struct jwt_rules *rules, struct slice token, int64_t now_s,
                          struct json_object **claims);
/* Appends a token with these claims (JSON text) to `out`. Returns false if the key cannot sign. */
bool jwt_sign(struct jwk *key, const char *type, struct slice claims, struct buf *out);
/* Describes a fault for the log. Static; contains nothing of the token. */
const char *jwt_fault_text(enum jwt_fault fault);

#endif
