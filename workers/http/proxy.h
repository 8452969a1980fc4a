/* SPDX-License-Identifier: MIT */
/*
 * The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt), from the receiving side. A
 * parser that is fed bytes as they come, and never takes one behind the header.
 *
 * LOCAL, UNKNOWN and UNSPEC keep the real peer, and the rest of the header is ignored. AF_UNIX is a
 * unix peer. TLVs are skipped, but CRC32C is checked where it is present. Datagrams, and everything
 * that the specification does not allow, are an error.
 */
#ifndef LEAT_WORKERS_HTTP_PROXY_H
#define LEAT_WORKERS_HTTP_PROXY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum proxy_mode { PROXY_OFF, PROXY_V1, PROXY_V2, PROXY_ANY };
enum proxy_state { PROXY_MORE, PROXY_DONE, PROXY_BAD };

/* A version 2 header may have 16 + 65535 bytes; more than a few TLVs is no proxy of ours. */
enum { PROXY_HEADER_MAX = 4096 };

struct proxy {
    enum proxy_mode mode; /* which versions are allowed: not PROXY_OFF */
    enum proxy_state state;
    size_t len;
    unsigned char header[PROXY_HEADER_MAX];
    /* The result, once state is PROXY_DONE. */
    bool has_peer;                /* false: LOCAL or UNKNOWN, the peer is who it is */
    struct sockaddr_storage peer; /* who connected to the proxy */
};

/* Begins; `mode` is what the listener allows. */
void proxy_init(struct proxy *p, enum proxy_mode mode);
/* Takes the header's next bytes from `data`. Returns how many it took: they are the header's, the
 * rest is not. p->state says whether it is whole; after PROXY_BAD nothing more is taken. */
size_t proxy_feed(struct proxy *p, const void *data, size_t len);

#endif
