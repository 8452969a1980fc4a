/* SPDX-License-Identifier: MIT */
/*
 * Internal to workers/http. The seam with libh2o: what Leat does with the library beyond calling
 * its documented functions. h2o_seam.def is the table of it; no other file of the room overrides a
 * symbol or reads what is private to the library.
 */
#ifndef LEAT_WORKERS_HTTP_H2O_SEAM_H
#define LEAT_WORKERS_HTTP_H2O_SEAM_H

#include <sys/epoll.h>

#include "workers/http/internal.h"

/* A read with room for this many bytes is a large one: libh2o's buffers have room for 8 KiB at
 * first, and later for as much again as they hold. */
enum { SEAM_LARGE_READ = 16384 };

/* Proves that the library uses each override, with heads of at most `header_bytes`. Call it before
 * any other function of the library. On failure returns false; *fault names the symbol. */
bool seam_prove_overrides(size_t header_bytes, struct fault *fault);
/* Proves the rest, once http.context is set up; fails likewise. */
bool seam_prove_privates(struct fault *fault);

/* These are declared as in picohttpparser, which libh2o contains; h2o_override.c has ours. */
struct phr_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

int phr_parse_request(const char *buf, size_t len, const char **method, size_t *method_len,
                      const char **path, size_t *path_len, int *minor_version,
                      struct phr_header *headers, size_t *num_headers, size_t last_len);

/* Sets the limit of a head. */
void seam_limit_heads(size_t header_bytes);
/* Takes the parsed head that belongs to `req`, and its length in bytes; call it once for each
 * request. The head is valid until the next one is parsed. */
const struct head *seam_take_head(const h2o_req_t *req, size_t *len);

/* Tells whoever reads the socket that it has been closed. */
void seam_end_reading(h2o_socket_t *sock);
/* Returns the socket that the TLS connection runs over. */
h2o_socket_t *seam_socket_of(const SSL *ssl);

#endif
