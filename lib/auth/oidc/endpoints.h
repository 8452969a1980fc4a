/* SPDX-License-Identifier: MIT */
/* Where an identity provider is asked. */
#ifndef LEAT_AUTH_OIDC_ENDPOINTS_H
#define LEAT_AUTH_OIDC_ENDPOINTS_H

#include <stdbool.h>

/* URLs; NULL where it is not asked, or that is not known. Each is its owner's, from malloc(). */
struct endpoints {
    char *issuer, *authorization, *token, *user, *emails, *jwks;
    bool says_issuer; /* every callback has `iss` (RFC 9207) */
    bool wants_post;  /* the client's secret stands in the form, not in the header */
};

void endpoints_fini(struct endpoints *e);
/* Whether a URL is of https, or of http on this machine, and has no user in it. */
bool endpoint_is_good(const char *url);
/* Returns true if the issuer may name such a URL: one of https names only others of https, and none
 * on this machine. */
bool endpoint_is_named_well(const char *url, const char *issuer);

#endif
