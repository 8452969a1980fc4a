/* SPDX-License-Identifier: MIT */
/* What field values are made of (RFC 9110, 5.6): tokens, and parameters behind a semicolon. */
#ifndef LEAT_CORE_TEXT_TOKEN_H
#define LEAT_CORE_TEXT_TOKEN_H

#include "lib/core/arena.h"
#include "lib/core/slice.h"

/* Takes the token that *rest begins with (5.6.2); empty where it begins with none. */
struct slice token_take(struct slice *rest);
/* Takes "type/subtype" (8.3.1); empty, and *rest as it was, where it begins with none. */
struct slice token_take_media_type(struct slice *rest);

struct token_parameter {
    struct slice name;
    struct slice value; /* of a quoted string what stands between the quotes, escapes and all */
    bool is_quoted;
};

enum token_result { TOKEN_PARAMETER, TOKEN_END, TOKEN_BAD };

/* Takes the next of *( OWS ";" OWS [ name "=" value ] ) (5.6.6). */
enum token_result token_take_parameter(struct slice *rest, struct token_parameter *out);
/* Its value without escapes (5.6.4): as it stands where it has none, otherwise in the arena. */
struct slice token_value(const struct token_parameter *p, struct arena *arena);

#endif
