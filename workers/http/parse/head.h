/* SPDX-License-Identifier: MIT */
/*
 * A strict reader of HTTP/1 request heads (RFC 9112), in place of libh2o's lenient one. It refuses:
 * bare CR or LF, control characters, whitespace around a field name, obs-fold, Content-Length
 * beside Transfer-Encoding, either of them twice, any transfer coding but a single `chunked` (501),
 * Transfer-Encoding in HTTP/1.0, a missing or second Host, a fragment or userinfo in the target, a
 * request line (414) or fields (431) beyond the limit.
 */
#ifndef LEAT_WORKERS_HTTP_PARSE_HEAD_H
#define LEAT_WORKERS_HTTP_PARSE_HEAD_H

#include <stdint.h>

#include "lib/core/reason.h"
#include "lib/core/slice.h"

enum { HEAD_FIELDS_MAX = 100, HEAD_INCOMPLETE = -2 };

/* The way in which the end of the body is found (RFC 9112, 6.3). */
enum framing {
    FRAMING_NONE,   /* there is no body, or an empty one */
    FRAMING_LENGTH, /* after `content_length` bytes */
    FRAMING_CHUNKED /* with the last chunk */
};

/* The expectation of the client (RFC 9110, 10.1.1); HTTP/1.0 has no 100-continue. */
enum expectation { EXPECT_NOTHING, EXPECT_CONTINUE, EXPECT_UNKNOWN };

struct head_field {
    struct slice name, value; /* value: without surrounding whitespace */
};

struct head {
    struct slice method;
    struct slice target; /* origin-form; "*" with any method (the router allows OPTIONS alone); the
                          * path and query of an absolute-form */
    int minor_version;
    struct head_field fields[HEAD_FIELDS_MAX];
    size_t field_count;
    int framing_field; /* index of Content-Length or Transfer-Encoding; -1: neither present */
    enum framing framing;
    uint64_t content_length; /* with FRAMING_LENGTH */
    enum expectation expectation;
    bool is_persistent; /* the client wants to send more requests (RFC 9112, 9.3) */
    enum err err;       /* set if head_parse() refuses the head, */
    enum reason reason; /* and why, if more is known than `err` says */
};

/* Reads the head at the start of `text`, of at most `limit` bytes. Returns its length,
 * HEAD_INCOMPLETE if more bytes are needed, or `len` with out->err set if it is refused. The slices
 * of `out` point into `text`; the bytes of an absolute-form request line may be moved. */
int head_parse(char *text, size_t len, size_t limit, struct head *out);

#endif
