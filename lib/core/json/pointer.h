/* SPDX-License-Identifier: MIT */
/* JSON Pointer (RFC 6901), one reference token at a time. */
#ifndef LEAT_CORE_JSON_POINTER_H
#define LEAT_CORE_JSON_POINTER_H

#include <json-c/json.h>

#include "lib/core/arena.h"
#include "lib/core/buf.h"

/* Decodes one token of a pointer in a URI fragment (6): percent-encoding first, then ~1 and ~0. In
 * the arena. */
char *pointer_token(struct arena *arena, struct slice token);
/* Returns the member or item that the token names, or NULL if there is none. */
struct json_object *pointer_step(struct json_object *node, const char *token);
/* Appends '/' and the escaped token (3). A NUL in it becomes C0 80, as in json-c's keys
 * (jread.h). */
void pointer_put(struct buf *out, struct slice token);

#endif
