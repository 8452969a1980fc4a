/* SPDX-License-Identifier: MIT */
/* Reads the fields that proxies set, with 10.0.0.0/8, fd00::/8 and unix sockets trusted. */
#ifndef LEAT_T_FORWARDED_FIXTURE_H
#define LEAT_T_FORWARDED_FIXTURE_H

#include "workers/layers/forwarded.h"

enum { FORWARDED, FOR, PROTO, HOST, PREFIX, FIELDS };
enum { FORWARDED_TEXT = 300 };

/* The result as text, because the fields that it pointed to are freed. */
struct forwarded_told {
    char client[ADDRESS_TEXT], proto[FORWARDED_TEXT], host[FORWARDED_TEXT], prefix[FORWARDED_TEXT];
};

/* Takes the next of "a|b|c". */
bool forwarded_next_word(struct slice *rest, char out[static FORWARDED_TEXT]);
/* Reads exact-size copies, so that a sanitizer finds an overrun. */
struct forwarded_told forwarded_read_copies(const struct slice fields[static FIELDS]);
/* Reads X-Forwarded-For, -Proto, -Host and -Prefix; each may be NULL. */
struct forwarded_told forwarded_read_x(const char *for_, const char *proto, const char *host,
                                       const char *prefix);
/* Reads Forwarded (RFC 7239). */
struct forwarded_told forwarded_read_rfc7239(const char *text);
bool forwarded_is(const char *a, const char *b);

#endif
