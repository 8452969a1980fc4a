/* SPDX-License-Identifier: MIT */
/*
 * Page cursors: the keys of a row at the end of a page, signed, so that a client can return them
 * but not forge them. base64url(keys as JSON) "." base64url(tag of 16 bytes, hash_tag()); "-" stands
 * before the keys if the page is the one before them. The tag covers the operation and its order
 * too, so a cursor is refused once they have changed.
 */
#ifndef LEAT_WORKERS_HANDLERS_CURSOR_H
#define LEAT_WORKERS_HANDLERS_CURSOR_H

#include "lib/api/operation/envelope.h"
#include "workers/request/request.h"

/* Returns what the envelope of the operation's page tells beside the rows of the job, in the arena.
 * Only reads the request. */
struct envelope_parts cursor_parts(const struct request *r, const struct db_job *job,
                                   struct arena *arena);
/* Sets *keys to the array of keys, in the request's arena. Returns false if the text is no cursor
 * of this operation and its order. */
bool cursor_open(struct request *r, struct slice text, struct jvalue *keys, bool *is_backward);

#endif
