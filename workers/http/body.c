/* SPDX-License-Identifier: MIT */
#include "workers/http/body.h"

#include <assert.h>

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
    ssize_t result = chunked_decode(&b->chunks, data, len);

    *rest = result > 0 ? (size_t)result : 0;
    return result >= 0 ? BODY_WHOLE : result == CHUNKED_BAD ? BODY_MALFORMED : BODY_MORE;
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
