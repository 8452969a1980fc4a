/* SPDX-License-Identifier: MIT */
/*
 * A strict reader of HTTP/1 request heads (RFC 9112), in place of the lenient one of libh2o.
 * Refused: bare CR or LF, control characters, whitespace around a field name, obs-fold,
 * Content-Length beside Transfer-Encoding, either of them twice, any transfer coding but one
 * `chunked`, Transfer-Encoding in HTTP/1.0, a missing or second Host, a fragment or userinfo in
 * the target.
 */
#ifndef LEAT_WORKERS_HTTP_HEAD_H
#define LEAT_WORKERS_HTTP_HEAD_H

#include "lib/core/err.h"
#include "lib/core/slice.h"

enum { HEAD_FIELDS_MAX = 100, HEAD_INCOMPLETE = -2 };

struct head_field {
    struct slice name, value; /* the value without surrounding whitespace */
};

struct head {
    struct slice method;
    struct slice target; /* origin-form; "*" with any method: the router says no to all but
                            OPTIONS; of an absolute-form, its path and query */
    int minor_version;
    struct head_field fields[HEAD_FIELDS_MAX];
    size_t field_count;
    enum err err; /* where head_parse() returns the whole length */
};

/* Reads the head at the start of `text`, at most `limit` bytes of it. Returns its length;
 * HEAD_INCOMPLETE if more bytes are needed; `len` with out->err set if it is to be refused.
 * May move bytes inside the request line of an absolute-form target. */
int head_parse(char *text, size_t len, size_t limit, struct head *out);

#endif
