/* SPDX-License-Identifier: MIT */
/*
 * The receiving side of the PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): a
 * parser that is fed bytes as they arrive, and never takes one past the header.
 *
 * LOCAL, UNKNOWN and UNSPEC keep the real peer, and the rest of the header is ignored. AF_UNIX is a
 * unix peer. TLVs are skipped, but a CRC32C is checked if present. Datagrams, and everything that
 * the specification does not allow, are an error.
 */
#ifndef LEAT_WORKERS_HTTP_PARSE_PROXY_H
#define LEAT_WORKERS_HTTP_PARSE_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum proxy_mode { PROXY_OFF, PROXY_V1, PROXY_V2, PROXY_ANY };
enum proxy_state { PROXY_MORE, PROXY_DONE, PROXY_BAD };

/* A version 2 header may have 16 + 65535 bytes, but no proxy sends more than a
 * few TLVs. */
enum { PROXY_HEADER_MAX = 4096 };

struct proxy {
    enum proxy_mode mode; /* versions allowed; not PROXY_OFF */
    enum proxy_state state;
    size_t len;
    unsigned char header[PROXY_HEADER_MAX];
    /* The result, valid in PROXY_DONE. */
    bool has_peer;                /* false: LOCAL or UNKNOWN, keep the connection's peer */
    struct sockaddr_storage peer; /* address that connected to the proxy */
};

/* Starts a header. `mode` is what the listener allows. */
void proxy_init(struct proxy *p, enum proxy_mode mode);
/* Takes the next bytes of the header from `data`. Returns how many belong to it; the rest does not.
 * p->state tells whether the header is complete; after PROXY_BAD nothing more is taken. */
size_t proxy_feed(struct proxy *p, const void *data, size_t len);

#endif
