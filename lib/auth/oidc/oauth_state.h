/* SPDX-License-Identifier: MIT */
/*
 * A login at a provider that has begun, with everything that the provider's answer must match. The
 * browser keeps it, sealed, in a cookie, so that no other browser can finish the login and the
 * server stores nothing.
 */
#ifndef LEAT_AUTH_OIDC_OAUTH_STATE_H
#define LEAT_AUTH_OIDC_OAUTH_STATE_H

#include <stdint.h>

#include "lib/auth/secret/bearer_secret.h"
#include "lib/auth/secret/seal.h"

#define ATTEMPT_COOKIE "__Host-oauth"
enum { ATTEMPT_S = 600, ATTEMPT_PROVIDER = 65 };

struct attempt {
    char provider[ATTEMPT_PROVIDER];
    char state[OPAQUE_TEXT];    /* comes back with the code */
    char nonce[OPAQUE_TEXT];    /* comes back in the id_token */
    char verifier[OPAQUE_TEXT]; /* sent to the token endpoint only (RFC 7636) */
    int64_t expires_s;
};

/* Begins a login. `provider` must have fewer than ATTEMPT_PROVIDER bytes. */
void attempt_begin(struct attempt *a, const char *provider, int64_t now_s);
/* Writes the S256 code challenge (RFC 7636, 4.2), NUL-terminated. */
void attempt_challenge(const struct attempt *a, char out[static OPAQUE_TEXT]);
/* Appends the cookie's value. */
void attempt_seal(const struct attempt *a, const unsigned char key[static SEAL_KEY],
                  struct buf *out);
/* Opens a cookie. Returns false if this server did not make it or the login began too long ago. */
bool attempt_open(struct attempt *a, const unsigned char key[static SEAL_KEY], struct slice cookie,
                  int64_t now_s);
/* Compares the state in constant time. */
bool attempt_has_state(const struct attempt *a, struct slice state);

#endif
