/* SPDX-License-Identifier: MIT */
/*
 * JSON Web Tokens (RFC 7519), signed (RFC 7515, compact), by the rules of RFC 8725: the key decides
 * on the algorithm, nothing in the token leads to a key but its `kid`, what is not understood and
 * critical is refused, and every token ends (`exp`).
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

/* All borrowed. */
struct jwt_rules {
    const struct keyset *keys;
    const char *issuer; /* `iss` must be it; NULL: any or none */
    const char *const *audiences;
    size_t audience_count; /* 0: `aud` may be anything */
    /* `typ` must be it, whatever the case, with or without "application/"; NULL: absent, "JWT" or
     * "at+jwt" (RFC 9068). */
    const char *type;
    int leeway_s;       /* of exp, nbf and iat */
    bool needs_subject; /* `sub` must be there */
};

/* JWT_OK: *claims is an object, the caller's; no text in it holds U+0000, and its sub, iss and
 * jti are texts without control characters where they are there. Otherwise it is NULL. */
enum jwt_fault jwt_verify(const struct jwt_rules *rules, struct slice token, int64_t now_s,
                          struct json_object **claims);
/* Adds a token with these claims (JSON text) to `out`. False: the key cannot sign. */
bool jwt_sign(struct jwk *key, const char *type, struct slice claims, struct buf *out);
/* What is wrong, for the log: static, and holds nothing of the token. */
const char *jwt_fault_text(enum jwt_fault fault);

#endif
