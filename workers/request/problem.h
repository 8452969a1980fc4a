/* SPDX-License-Identifier: MIT */
/* Makes the bodies of errors: problem details (RFC 9457), or what the document says by
 * x-problems. */
#ifndef LEAT_WORKERS_REQUEST_PROBLEM_H
#define LEAT_WORKERS_REQUEST_PROBLEM_H

#include "workers/request/request.h"

/* An error of a request. */
struct request_error {
    enum err err;
    const struct plan_else *answer; /* the document's own answer to it */
    const char *keyword;            /* of the answer's entry; NULL: "rule" */
    int status;
};

/* Writes the body into `out`, with the violations so far. Returns its media type, which lives as
 * long as the api. */
const char *problem_write(struct request *r, const struct request_error *error, struct buf *out);

#endif
