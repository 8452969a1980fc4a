/* SPDX-License-Identifier: MIT */
/*
 * Page cursors: the keys of the last row, signed, so that a client can return them but not forge
 * them. base64url(keys as JSON) "." base64url(HMAC-SHA256 over operation id and keys, 16 bytes).
 */
#ifndef LEAT_WORKERS_HANDLERS_CURSOR_H
#define LEAT_WORKERS_HANDLERS_CURSOR_H

#include "workers/request/request.h"

/* Returns the text of the cursor for `keys`, in the arena. Only reads the request. */
const char *cursor_seal(const struct request *r, struct arena *arena, struct slice keys);
/* Sets *keys to the array of keys, in the request's arena. Returns false if the text is no cursor
 * of this operation. */
bool cursor_open(struct request *r, struct slice text, struct jvalue *keys);

#endif
