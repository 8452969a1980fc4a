/* SPDX-License-Identifier: MIT */
/*
 * The client side of the authorization code flow (RFC 6749, 4.1; RFC 7636; OpenID Connect Core 1.0,
 * 3.1; RFC 9700): builds requests, and checks responses. Nothing is sent from here.
 */
#ifndef LEAT_AUTH_OIDC_OIDC_H
#define LEAT_AUTH_OIDC_OIDC_H

#include "lib/auth/oidc/oauth_state.h"
#include "lib/auth/jose/jwt.h"
#include "lib/auth/oidc/provider.h"
#include "lib/core/fault.h"

enum { OIDC_SUBJECT = 320, OIDC_EMAIL = 255 };

/* The user that the provider has identified. */
struct oidc_user {
    char subject[OIDC_SUBJECT];
    char email[OIDC_EMAIL]; /* in lower case; "" if none */
    bool is_verified;       /* the address is known to be the user's */
};

/* Appends the URL to which the browser is redirected. */
void oidc_put_authorization(const struct provider *p, const struct oauth_state *a, struct buf *out);
/* Returns true if the callback's `iss` (NULL if absent) is acceptable for the provider (RFC
 * 9207). */
bool oidc_takes_callback(const struct provider *p, const char *iss);

/* Appends the form that requests tokens. */
void oidc_put_exchange(const struct provider *p, const struct oauth_state *a, struct slice code,
                       struct buf *out);
/* Appends the request's Authorization value, or nothing if the form has the secret. */
void oidc_put_basic(const struct provider *p, struct buf *out);
/* Reads the token response. The result is the caller's. On failure returns NULL with *fault;
 * *is_refused is set if the provider refused the code, which is not the provider's fault. */
struct json_object *oidc_read_tokens(const struct provider *p, struct slice text, int status,
                                     bool *is_refused, struct fault *fault);

/* Parses a JSON object. Returns NULL if it is none. The caller's. */
struct json_object *oidc_read_object(struct slice text);

/* Verifies and reads the id_token of `tokens`. On JWT_KEY the provider's keys may be outdated. */
enum jwt_fault oidc_verify(const struct provider *p, const struct oauth_state *a,
                           struct json_object *tokens, int64_t now_s, struct oidc_user *out);
/* Reads the answer of the user endpoint. With OpenID Connect `out` already has the subject, which
 * must match. Returns false with *fault on failure. */
bool oidc_read_user(const struct provider *p, struct slice text, struct oidc_user *out,
                    struct fault *fault);
/* Reads a list of addresses and takes the primary one. Returns false with *fault on failure. */
bool oidc_read_emails(struct slice text, struct oidc_user *out, struct fault *fault);

#endif
