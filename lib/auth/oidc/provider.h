/* SPDX-License-Identifier: MIT */
/*
 * An identity provider as configured and as it describes itself: OpenID Connect providers by
 * discovery (OpenID Connect Discovery 1.0, RFC 8414), plain OAuth 2 providers by configuration
 * alone.
 */
#ifndef LEAT_AUTH_OIDC_PROVIDER_H
#define LEAT_AUTH_OIDC_PROVIDER_H

#include <json-c/json.h>

#include "lib/auth/oidc/endpoints.h"
#include "lib/auth/jose/keyset.h"
#include "lib/core/arena.h"
#include "lib/core/buf.h"
#include "lib/core/fault.h"

struct provider_preset {
    const char *name, *issuer;
    bool has_tenants;
    const char *authorization, *token, *user, *emails, *scopes;
};

struct provider {
    const char *name, *issuer; /* the issuer as configured, or NULL */
    const struct provider_preset *preset;
    bool is_oidc;
    const char *client_id, *redirect, *scopes;
    struct slice client_secret; /* data NULL for a public client */
    const char *return_to;      /* NULL to answer logins with tokens */
    bool links;                 /* a verified address logs in to the account of that address */
    bool trusts_email;          /* addresses count as verified whatever the provider says */
    bool trusts_factor;         /* the second factor is left to the provider */
    struct endpoints endpoints;
    struct keyset *keys; /* for id_tokens; NULL until fetched */
};

/* Reads that entry of identity.providers{}. Texts are borrowed or in the arena. Returns false with
 * *fault on failure. */
bool provider_open(struct provider *p, const char *name, struct json_object *item,
                   struct slice secrets, struct arena *arena, struct fault *fault);
void provider_close(struct provider *p);

/* Appends the URL of the provider's description. */
void provider_put_discovery(const struct provider *p, struct buf *out);
/* Adopts the description. Returns false with *fault, changing nothing, if it is
 * unacceptable. */
bool provider_discover(struct provider *p, struct slice text, struct fault *fault);
/* Returns true if `iss` is this provider's; `tenant` is the token's `tid`, or NULL. */
bool provider_is_issuer(const struct provider *p, const char *iss, const char *tenant);

#endif
