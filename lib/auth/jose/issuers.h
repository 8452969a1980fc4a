/* SPDX-License-Identifier: MIT */
/*
 * Whose access tokens (RFC 9068, RFC 7519) are believed: this server's own, and those of the
 * configured others. Belongs to one thread.
 */
#ifndef LEAT_AUTH_JOSE_ISSUERS_H
#define LEAT_AUTH_JOSE_ISSUERS_H

#include "lib/auth/store/identity.h"
#include "lib/auth/jose/keyset.h"
#include "lib/core/buf.h"

enum { ISSUERS_MAX = 17, ISSUERS_KEYS_MAX = 64 };

struct issuer {
    const char *name; /* stands before its subjects, with a colon; NULL: they are as they are */
    const char *issuer, *audience;
    const char *scope_claim; /* its name, or a JSON pointer (RFC 6901); NULL: scope, no list */
    const char *jwks_url;    /* where its keys come from, or NULL */
    struct keyset *keys;     /* NULL: not fetched yet; nothing verifies then */
};

struct issuers {
    struct issuer list[ISSUERS_MAX]; /* the first is this server */
    size_t count;
    const struct issuer *lacking; /* whose keys the last token was to have one of, and had not */
    int leeway_s;
    int64_t access_s; /* how long a login's access token is good */
};

/* Reads the keys that the configuration names (lib/conf/secret.h has the bytes); the strings of
 * `config` are borrowed. False: *why is for free(). */
bool issuers_open(struct issuers *is, struct json_object *config, struct slice secrets, char **why);
void issuers_close(struct issuers *is);
/* Whether any token can verify, now or when keys arrive. */
bool issuers_has_any(const struct issuers *is);

/* Whom the token is for: the caller's reference, with claims. NULL: *fault (static) says why, and
 * is->lacking whose keys may be fetched before it is asked again, or NULL. */
struct identity *issuers_verify(struct issuers *is, struct slice token, int64_t now_s,
                                const char **fault);

/* What an access token of this server says. */
struct access {
    const char *subject, *session, *scope, *roles; /* roles: a JSON array */
    int64_t now_s, expires_s;
    const char *id; /* jti */
};

/* Signs it with the first key; false where there is none that signs. */
bool issuers_sign(const struct issuers *is, const struct access *access, struct buf *out);

#endif
