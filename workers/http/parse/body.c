/* SPDX-License-Identifier: MIT */
#include "workers/http/parse/body.h"

#include <assert.h>

/* Allows the framing that one-byte chunks need, five bytes each; far more than that is chunk
 * extensions, which nobody reads. */
enum { FRAMING_FREE = 16384, FRAMING_SHARE = 16 };

void body_init(struct body *b, enum framing framing, uint64_t length, uint64_t limit)
{
    *b = (struct body){.framing = framing, .left = length, .limit = limit};
    if (framing == FRAMING_LENGTH && length > limit)
        b->state = BODY_TOO_LARGE;
}

static enum body_state decode_length(struct body *b, size_t *len, size_t *rest)
{
    size_t taken = *len < b->left ? *len : (size_t)b->left;

    *rest = *len - taken;
    *len = taken;
    b->left -= taken;
    return b->left ? BODY_MORE : BODY_WHOLE;
}

static enum body_state decode_chunked(struct body *b, char *data, size_t *len, size_t *rest)
{
    size_t came = *len;
    ssize_t result = chunked_decode(&b->chunks, data, len);

    *rest = result > 0 ? (size_t)result : 0;
    b->framing_size += came - *len - *rest;
    if (result == CHUNKED_BAD || b->framing_size > FRAMING_FREE + FRAMING_SHARE * (b->size + *len))
        return BODY_MALFORMED;
    return result >= 0 ? BODY_WHOLE : BODY_MORE;
}

enum body_state body_decode(struct body *b, char *data, size_t *len, size_t *rest)
{
    assert(b->state == BODY_MORE);
    b->state = b->framing == FRAMING_LENGTH ? decode_length(b, len, rest)
                                            : decode_chunked(b, data, len, rest);
    b->size += *len;
    if (b->size > b->limit)
        b->state = BODY_TOO_LARGE;
    return b->state;
}
