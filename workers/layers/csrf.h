/* SPDX-License-Identifier: MIT */
/*
 * Whether a request was meant by who is asked for it, where browsers add the credential by
 * themselves: cookies, certificates, the passwords of http basic. A page of another site can make
 * them. Browsers tell by Sec-Fetch-Site (W3C Fetch Metadata) or Origin (RFC 6454); clients that
 * send neither are programs, and must for a session show the token that came with it, in
 * X-CSRF-Token.
 */
#ifndef LEAT_WORKERS_LAYERS_CSRF_H
#define LEAT_WORKERS_LAYERS_CSRF_H

#include "lib/auth/store/identity.h"
#include "workers/request/request.h"

/* `session` may be NULL. Requests that change nothing are safe. */
bool csrf_is_safe(struct request *r, const struct identity *session);

#endif
