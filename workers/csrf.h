/* SPDX-License-Identifier: MIT */
/*
 * Whether a request that a cookie authenticates was meant by who holds it: a page of another site
 * can make browsers send it. Browsers tell by Sec-Fetch-Site (W3C Fetch Metadata) or Origin (RFC
 * 6454); clients that send neither must show the token that came with the session, in X-CSRF-Token.
 */
#ifndef LEAT_WORKERS_CSRF_H
#define LEAT_WORKERS_CSRF_H

#include "workers/request.h"

/* Requests that change nothing are safe. */
bool csrf_is_safe(struct request *r);

#endif
