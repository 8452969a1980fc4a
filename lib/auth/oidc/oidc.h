/* SPDX-License-Identifier: MIT */
/*
 * The authorization code flow as its client (RFC 6749, 4.1; RFC 7636; OpenID Connect Core 1.0, 3.1;
 * RFC 9700): what is asked, and what an answer must be to be believed. Pure: nothing is sent here.
 */
#ifndef LEAT_AUTH_OIDC_OIDC_H
#define LEAT_AUTH_OIDC_OIDC_H

#include "lib/auth/oidc/oauth_state.h"
#include "lib/auth/jose/jwt.h"
#include "lib/auth/oidc/provider.h"

enum { OIDC_SUBJECT = 320, OIDC_EMAIL = 255 };

/* Whom the provider says that the user is. */
struct oidc_user {
    char subject[OIDC_SUBJECT];
    char email[OIDC_EMAIL]; /* in lower case; "" where it says none */
    bool is_verified;       /* the address is the user's */
};

/* Appends where the browser is sent. */
void oidc_put_authorization(const struct provider *p, const struct attempt *a, struct buf *out);
/* Whether the callback's `iss` (data NULL: absent) is the provider's (RFC 9207). */
bool oidc_takes_callback(const struct provider *p, const char *iss);

/* Appends the form that asks for tokens. */
void oidc_put_exchange(const struct provider *p, const struct attempt *a, struct slice code,
                       struct buf *out);
/* Appends the value of Authorization for it; nothing where the form says it all. */
void oidc_put_basic(const struct provider *p, struct buf *out);
/* Reads the answer. NULL: *why (static) says what is wrong, and *is_refused whether the code was:
 * not the provider's fault. The caller's. */
struct json_object *oidc_read_tokens(const struct provider *p, struct slice text, int status,
                                     bool *is_refused, const char **why);

/* A JSON object; NULL where it is none. The caller's. */
struct json_object *oidc_read_object(struct slice text);

/* Verifies the id_token of `tokens` and reads it. JWT_KEY: the provider's keys may be old. */
enum jwt_fault oidc_verify(const struct provider *p, const struct attempt *a,
                           struct json_object *tokens, int64_t now_s, struct oidc_user *out);
/* Reads what the user endpoint says; of OpenID Connect, `out` has the subject, which must be the
 * same. NULL, or why not (static). */
const char *oidc_read_user(const struct provider *p, struct slice text, struct oidc_user *out);
/* Reads a list of addresses: the primary one. NULL, or why not (static). */
const char *oidc_read_emails(struct slice text, struct oidc_user *out);

#endif
