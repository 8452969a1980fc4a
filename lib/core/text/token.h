/* SPDX-License-Identifier: MIT */
/* The building blocks of field values (RFC 9110, 5.6): tokens, and parameters after a
 * semicolon. */
#ifndef LEAT_CORE_TEXT_TOKEN_H
#define LEAT_CORE_TEXT_TOKEN_H

#include "lib/core/arena.h"
#include "lib/core/slice.h"

/* Takes the token at the front of *rest (5.6.2); the result is empty if there is none. */
struct slice token_take(struct slice *rest);
/* Takes "type/subtype" (8.3.1). If there is none, returns an empty slice and leaves *rest as it
 * was. */
struct slice token_take_media_type(struct slice *rest);

struct token_parameter {
    struct slice name;
    struct slice value; /* of a quoted string the text between the quotes, with its escapes */
    bool is_quoted;
};

enum token_result { TOKEN_PARAMETER, TOKEN_END, TOKEN_BAD };

/* Takes the next parameter of *( OWS ";" OWS [ name "=" value ] ) (5.6.6). */
enum token_result token_take_parameter(struct slice *rest, struct token_parameter *out);
/* Cuts *rest like slice_cut(), at the first `sep` that is in no quoted string (5.6.4). */
struct slice token_cut(struct slice *rest, char sep);
/* Returns the value without escapes (5.6.4): borrowed if it has none, otherwise in the arena. */
struct slice token_value(const struct token_parameter *p, struct arena *arena);

#endif
