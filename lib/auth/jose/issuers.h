/* SPDX-License-Identifier: MIT */
/*
 * The issuers whose access tokens (RFC 9068, RFC 7519) are accepted: this server, and the others in
 * the configuration. Used by one thread.
 */
#ifndef LEAT_AUTH_JOSE_ISSUERS_H
#define LEAT_AUTH_JOSE_ISSUERS_H

#include "lib/auth/store/identity.h"
#include "lib/auth/jose/keyset.h"
#include "lib/core/buf.h"
#include "lib/core/fault.h"

enum { ISSUERS_MAX = 17, ISSUERS_KEYS_MAX = 64 };

struct issuer {
    const char *name; /* prefix of its subjects, with a colon; NULL for none */
    const char *issuer, *audience;
    const char *scope_claim; /* a claim's name or a JSON pointer (RFC 6901); NULL for "scope" */
    const char *jwks_url;    /* where its keys are fetched, or NULL */
    struct keyset *keys;     /* NULL until fetched; no token verifies then */
};

struct issuers {
    struct issuer list[ISSUERS_MAX]; /* the first is this server */
    size_t count;
    int leeway_s;
    int64_t access_s; /* lifetime of a login's access token */
};

/* Reads the keys that the configuration names (lib/conf/secret.h has their bytes). The strings of
 * `config` are borrowed. Returns false with *fault on failure. */
bool issuers_open(struct issuers *is, struct json_object *config, struct slice secrets,
                  struct fault *fault);
void issuers_close(struct issuers *is);
/* Returns true if any token can be verified, now or once keys are fetched. */
bool issuers_has_any(const struct issuers *is);

/* Verifies a token. Returns the caller's reference to its identity, with claims. On failure returns
 * NULL with *fault; *lacking is then the issuer whose keys may be fetched before another
 * try, or NULL. */
struct identity *issuers_verify(const struct issuers *is, struct slice token, int64_t now_s,
                                const struct issuer **lacking, struct fault *fault);

/* The content of an access token of this server. */
struct access {
    const char *subject, *session, *scope, *roles; /* roles: a JSON array */
    int64_t now_s, expires_s;
    const char *id; /* jti */
};

/* Signs an access token with the first key. Returns false if there is no key that can sign. */
bool issuers_sign(const struct issuers *is, const struct access *access, struct buf *out);

#endif
