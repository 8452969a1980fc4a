/* SPDX-License-Identifier: MIT */
/*
 * An identity provider as it is configured, and as it describes itself: OpenID Connect providers by
 * discovery (OpenID Connect Discovery 1.0, RFC 8414), plain OAuth 2 ones by configuration alone.
 */
#ifndef LEAT_AUTH_OIDC_PROVIDER_H
#define LEAT_AUTH_OIDC_PROVIDER_H

#include <json-c/json.h>

#include "lib/auth/oidc/endpoints.h"
#include "lib/auth/jose/keyset.h"
#include "lib/core/arena.h"
#include "lib/core/buf.h"

struct provider_preset {
    const char *name, *issuer;
    bool has_tenants;
    const char *authorization, *token, *user, *emails, *scopes;
};

struct provider {
    const char *name, *issuer; /* issuer: as configured; NULL: it has none */
    const struct provider_preset *preset;
    bool is_oidc;
    const char *client_id, *redirect, *scopes;
    struct slice client_secret; /* data NULL: a public client */
    const char *return_to;      /* NULL: logins are answered with tokens */
    bool links;                 /* a verified address leads to the account of that address */
    bool trusts_email;          /* whatever it says of an address, it is verified */
    bool trusts_factor;         /* the second factor is its business */
    struct endpoints endpoints;
    struct keyset *keys; /* of its id_tokens; NULL: not fetched yet */
};

/* Reads identity.providers{} of that name; texts are borrowed or in the arena. False: *why is in
 * the arena. */
bool provider_open(struct provider *p, const char *name, struct json_object *item,
                   struct slice secrets, struct arena *arena, const char **why);
void provider_close(struct provider *p);

/* Where it describes itself. Appended. */
void provider_put_discovery(const struct provider *p, struct buf *out);
/* Takes what it says of itself. False: nothing is changed, and *why (static) says what is wrong. */
bool provider_discover(struct provider *p, struct slice text, const char **why);
/* Whether an `iss` is this provider's; `tenant` is the `tid` beside it, or NULL. */
bool provider_is_issuer(const struct provider *p, const char *iss, const char *tenant);

#endif
