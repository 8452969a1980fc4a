/* SPDX-License-Identifier: MIT */
/*
 * Protects against cross-site request forgery where browsers add the credential by themselves:
 * cookies, certificates, and passwords of HTTP Basic. A page of another site can cause such
 * requests. Browsers reveal it by Sec-Fetch-Site (W3C Fetch Metadata) or Origin (RFC 6454); clients
 * that send neither are programs, and must, for a session, present the token that came with it in
 * X-CSRF-Token.
 */
#ifndef LEAT_WORKERS_LAYERS_CSRF_H
#define LEAT_WORKERS_LAYERS_CSRF_H

#include "lib/auth/store/identity.h"
#include "workers/request/request.h"

/* Returns whether the request is safe to process. `session` may be NULL. Requests with a safe
 * method always are. */
bool csrf_is_safe(struct request *r, const struct identity *session);

#endif
