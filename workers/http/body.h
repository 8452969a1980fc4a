/* SPDX-License-Identifier: MIT */
/*
 * Takes the content of one message out of the bytes that follow its head (RFC 9112, 6 and 7), and
 * finds where it ends, to the byte. It knows no sockets and keeps no bytes: receive.c does.
 */
#ifndef LEAT_WORKERS_HTTP_BODY_H
#define LEAT_WORKERS_HTTP_BODY_H

#include "workers/http/chunked.h"
#include "workers/http/head.h"

enum body_state {
    BODY_MORE,      /* it has not ended yet */
    BODY_WHOLE,     /* it has ended */
    BODY_TOO_LARGE, /* it exceeds its limit */
    BODY_MALFORMED  /* it is not chunked as it should be, or has far more framing than content */
};

struct body {
    enum framing framing;
    enum body_state state;
    uint64_t left; /* of FRAMING_LENGTH: bytes still to come */
    struct chunked chunks;
    uint64_t size, limit;  /* bytes of content so far, and at most */
    uint64_t framing_size; /* bytes of chunked framing so far */
};

/* A body that is framed as the head says, FRAMING_LENGTH or FRAMING_CHUNKED. A length that exceeds
 * `limit` is too large at once. */
void body_init(struct body *b, enum framing framing, uint64_t length, uint64_t limit);
/* Decodes the next `*len` bytes, over themselves: `*len` becomes the length of their content, and
 * the `*rest` bytes that do not belong to the body follow it. Only in BODY_MORE. */
enum body_state body_decode(struct body *b, char *data, size_t *len, size_t *rest);

#endif
