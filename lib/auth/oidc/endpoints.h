/* SPDX-License-Identifier: MIT */
/* The URLs of an identity provider. */
#ifndef LEAT_AUTH_OIDC_ENDPOINTS_H
#define LEAT_AUTH_OIDC_ENDPOINTS_H

#include <stdbool.h>

/* URLs; NULL if unknown or not used. Owned, from malloc(). */
struct endpoints {
    char *issuer, *authorization, *token, *user, *emails, *jwks;
    bool says_issuer; /* every callback has `iss` (RFC 9207) */
    bool wants_post;  /* the client's secret is sent in the form, not in a header */
};

/* Frees the URLs. */
void endpoints_fini(struct endpoints *e);
/* Returns true for a URL without user and fragment that is https, or http on this machine. */
bool endpoint_is_good(const char *url);
/* The same, but the URL may have a fragment, as that of a page in a browser may. */
bool endpoint_is_page(const char *url);
/* Returns true if the issuer may name such a URL: an https issuer must name only https URLs, and
 * none on this machine. */
bool endpoint_is_named_well(const char *url, const char *issuer);

#endif
