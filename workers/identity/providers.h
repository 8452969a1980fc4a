/* SPDX-License-Identifier: MIT */
/* The identity providers of the configuration, and what this worker has learned about them. */
#ifndef LEAT_WORKERS_IDENTITY_PROVIDERS_H
#define LEAT_WORKERS_IDENTITY_PROVIDERS_H

#include "lib/auth/oidc/provider.h"
#include "lib/core/fault.h"
#include "workers/identity/jwks.h"

struct provider_state {
    struct provider provider;
    struct jwks keys;
    uint64_t discovered_ns; /* time of discovery; 0: never */
    unsigned asking;        /* requests under way */
};

struct providers {
    struct provider_state *list;
    size_t count;
    unsigned share; /* limit of `asking`, so that one provider cannot starve the rest */
};

/* Reads the providers. Returns false with *fault on failure. */
bool providers_open(struct worker *w, struct fault *fault);
void providers_close(struct worker *w);
/* Returns the provider of that name, or NULL. */
struct provider_state *providers_find(struct worker *w, const char *name);
/* Returns whether its metadata must be discovered, because it never was or is old. */
bool providers_wants_discovery(const struct provider_state *s);
/* Checks the providers of a configuration, and the URLs of its issuers. */
void providers_check(struct json_object *config, struct diags *diags);

#endif
