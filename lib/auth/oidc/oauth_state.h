/* SPDX-License-Identifier: MIT */
/*
 * A login at a provider that has begun, with everything that the provider's answer must match. The
 * browser keeps it, sealed, in a cookie that is named by its state, so that no other browser can
 * finish the login and the server stores nothing.
 */
#ifndef LEAT_AUTH_OIDC_OAUTH_STATE_H
#define LEAT_AUTH_OIDC_OAUTH_STATE_H

#include <stdint.h>

#include "lib/auth/secret/bearer_secret.h"
#include "lib/auth/secret/seal.h"

/* Each login has a cookie of its own, since a browser may begin several in tabs of their own. */
#define OAUTH_STATE_COOKIE "__Host-oauth-"
enum { OAUTH_STATE_S = 600, OAUTH_STATE_PROVIDER = 65, OAUTH_STATE_COOKIE_NAME = 32 };

struct oauth_state {
    char provider[OAUTH_STATE_PROVIDER];
    char state[BEARER_SECRET_TEXT];    /* comes back with the code */
    char nonce[BEARER_SECRET_TEXT];    /* comes back in the id_token */
    char verifier[BEARER_SECRET_TEXT]; /* sent to the token endpoint only (RFC 7636) */
    int64_t expires_s;
};

/* Begins a login. `provider` must have fewer than OAUTH_STATE_PROVIDER bytes. */
void oauth_state_begin(struct oauth_state *a, const char *provider, int64_t now_s);
/* Writes the S256 code challenge (RFC 7636, 4.2), NUL-terminated. */
void oauth_state_challenge(const struct oauth_state *a, char out[static BEARER_SECRET_TEXT]);
/* Writes the name of the cookie of the login with this state, NUL-terminated. Returns false if no
 * login has such a state. */
bool oauth_state_cookie(struct slice state, char out[static OAUTH_STATE_COOKIE_NAME]);
/* Returns whether a login may have a cookie of this name. */
bool oauth_state_is_cookie(struct slice name);
/* Appends the cookie's value. */
void oauth_state_seal(const struct oauth_state *a, const unsigned char key[static SEAL_KEY],
                      struct buf *out);
/* Opens a cookie. Returns false if this server did not make it or the login began too long ago. */
bool oauth_state_open(struct oauth_state *a, const unsigned char key[static SEAL_KEY],
                      struct slice cookie, int64_t now_s);
/* Compares the state in constant time. */
bool oauth_state_matches(const struct oauth_state *a, struct slice state);

#endif
