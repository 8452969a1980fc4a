/* SPDX-License-Identifier: MIT */
/*
 * A strict in-place decoder of the chunked coding (RFC 9112, 7.1). It refuses anything but a
 * well-formed extension between a size and its CRLF, bare LF, sizes past 64 bits, long extensions,
 * and trailers that are not fields or exceed 8 KiB. Trailer fields are parsed and dropped.
 */
#ifndef LEAT_WORKERS_HTTP_PARSE_CHUNKED_H
#define LEAT_WORKERS_HTTP_PARSE_CHUNKED_H

#include <stddef.h>
#include <sys/types.h>

struct chunked {
    size_t left; /* bytes of the chunk still to come, its size so far, or bytes of trailers */
    unsigned char digits; /* of the size, or bytes of the extension */
    unsigned char state;  /* private to chunked.c; 0 at the start */
};

enum { CHUNKED_BAD = -1, CHUNKED_INCOMPLETE = -2 };

/* Decodes `*size` bytes at `data` in place; *size becomes the decoded length, and the bytes that
 * follow the message move up behind it. Returns the number of those bytes once the message is
 * complete, CHUNKED_INCOMPLETE before that, CHUNKED_BAD if it is malformed. */
ssize_t chunked_decode(struct chunked *c, char *data, size_t *size);

#endif
