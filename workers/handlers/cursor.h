/* SPDX-License-Identifier: MIT */
/*
 * Page cursors: the keys of the last row, signed, so that a client can hand them back but not make
 * them up. base64url(keys as JSON) "." base64url(HMAC-SHA256 over operation id and keys, 16 bytes).
 */
#ifndef LEAT_WORKERS_HANDLERS_CURSOR_H
#define LEAT_WORKERS_HANDLERS_CURSOR_H

#include "workers/request/request.h"

/* The cursor's text, in the request's arena. */
const char *cursor_seal(struct request *r, struct slice keys);
/* The keys, an array in the request's arena. False: it is no cursor of this operation. */
bool cursor_open(struct request *r, struct slice text, struct jvalue *keys);

#endif
