/* SPDX-License-Identifier: MIT */
/*
 * A strict decoder of the chunked coding (RFC 9112, 7.1), in place. Refused: anything between a
 * size and its CRLF but a well-formed extension, bare LF, sizes past 64 bits, long extensions,
 * trailers that are no fields or exceed 8 KiB. Trailer fields are read and dropped.
 */
#ifndef LEAT_WORKERS_HTTP_CHUNKED_H
#define LEAT_WORKERS_HTTP_CHUNKED_H

#include <stddef.h>
#include <sys/types.h>

struct chunked {
    size_t left; /* bytes of the chunk still to come, its size so far, or those of the trailers */
    unsigned char digits; /* of the size, or bytes of the extension */
    unsigned char state;  /* private to chunked.c; 0 at the start */
};

enum { CHUNKED_BAD = -1, CHUNKED_INCOMPLETE = -2 };

/* Decodes `*size` bytes at `data` over themselves; *size becomes the decoded length, and what
 * follows the message is moved behind it. Returns the number of such bytes once the message is
 * complete, CHUNKED_INCOMPLETE before, CHUNKED_BAD if it is malformed. */
ssize_t chunked_decode(struct chunked *c, char *data, size_t *size);

#endif
