/* SPDX-License-Identifier: MIT */
/* The identity providers of the configuration, as this worker knows them by now. */
#ifndef LEAT_WORKERS_IDENTITY_PROVIDERS_H
#define LEAT_WORKERS_IDENTITY_PROVIDERS_H

#include "lib/auth/oidc/provider.h"
#include "workers/identity/jwks.h"

struct provider_state {
    struct provider provider;
    struct jwks keys;
    uint64_t discovered_ns; /* 0: never */
    unsigned asking;        /* requests that are under way */
};

struct providers {
    struct provider_state *list;
    size_t count;
    unsigned share; /* how much `asking` each may have: the others' logins, keys and mail go on */
};

/* Reads them. False: *why is for free(). */
bool providers_open(struct worker *w, char **why);
void providers_close(struct worker *w);
/* NULL where there is no such provider. */
struct provider_state *providers_find(struct worker *w, const char *name);
/* Whether to ask it what it says of itself: it never did, or long ago. */
bool providers_wants_discovery(const struct provider_state *s);
/* Reports what is wrong with those of a configuration, and with the URLs of its issuers. */
void providers_check(struct json_object *config, struct diags *diags);

#endif
