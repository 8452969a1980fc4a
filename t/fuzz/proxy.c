/* SPDX-License-Identifier: MIT */
/*
 * The input is what a proxy sends before the client's bytes. Its first byte says which versions are
 * allowed, the second how long the pieces are that it comes in. One piece, several and single bytes
 * mean the same; no byte behind the header is taken; and the peer that is read is read again where
 * it is written as a header.
 */
#include "t/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/un.h>

#include "lib/core/buf.h"
#include "lib/core/net/cidr.h"
#include "workers/http/parse/proxy.h"

/* Feeds `text`, `piece` bytes at a time, and returns how many were taken. */
static size_t feed(struct proxy *p, enum proxy_mode mode, struct slice text, size_t piece)
{
    size_t sum = 0;

    proxy_init(p, mode);
    for (size_t at = 0, n; at < text.len; at += n) {
        bool is_over = p->state != PROXY_MORE;
        size_t taken;
        char *copy;

        n = piece < text.len - at ? piece : text.len - at;
        copy = fuzz_copy((struct slice){text.data + at, n});
        taken = proxy_feed(p, copy, n);
        free(copy);
        assert(is_over ? !taken : taken == n || (taken < n && p->state != PROXY_MORE));
        sum += taken;
    }
    assert(sum == p->len && sum <= PROXY_HEADER_MAX && memcmp(p->header, text.data, sum) == 0);
    assert(p->state != PROXY_MORE || sum == text.len);
    return sum;
}

static bool is_same_peer(const struct proxy *a, const struct proxy *b)
{
    return a->has_peer == b->has_peer &&
           (!a->has_peer || memcmp(&a->peer, &b->peer, sizeof(a->peer)) == 0);
}

static void write_v1(const struct sockaddr_storage *peer, struct buf *out)
{
    const struct sockaddr_in *v4 = (const void *)peer;
    const struct sockaddr_in6 *v6 = (const void *)peer;
    bool is_v4 = peer->ss_family == AF_INET;
    char text[INET6_ADDRSTRLEN];

    assert(inet_ntop(peer->ss_family,
                     is_v4 ? (const void *)&v4->sin_addr : (const void *)&v6->sin6_addr, text,
                     sizeof(text)));
    buf_printf(out, "PROXY TCP%c %s %s %u 65535\r\n", is_v4 ? '4' : '6', text,
               is_v4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
               (unsigned)ntohs(is_v4 ? v4->sin_port : v6->sin6_port));
}

static void put_zeros(struct buf *out, size_t n)
{
    while (n--)
        buf_putc(out, '\0');
}

static void write_v2(const struct sockaddr_storage *peer, struct buf *out)
{
    const struct sockaddr_in *v4 = (const void *)peer;
    const struct sockaddr_in6 *v6 = (const void *)peer;

    buf_put(out, "\r\n\r\n\0\r\nQUIT\n\x21", 13);
    if (peer->ss_family == AF_INET) {
        buf_put(out, "\x11\0\x0c", 3);
        buf_put(out, &v4->sin_addr, 4);
        put_zeros(out, 4);
        buf_put(out, &v4->sin_port, 2);
        put_zeros(out, 2);
    } else if (peer->ss_family == AF_INET6) {
        buf_put(out, "\x21\0\x24", 3);
        buf_put(out, &v6->sin6_addr, 16);
        put_zeros(out, 16);
        buf_put(out, &v6->sin6_port, 2);
        put_zeros(out, 2);
    } else {
        assert(peer->ss_family == AF_UNIX);
        buf_put(out, "\x31\0\xd8", 3);
        buf_put(out, ((const struct sockaddr_un *)(const void *)peer)->sun_path, 108);
        put_zeros(out, 108);
    }
}

static void check_rewritten(const struct proxy *p, enum proxy_mode mode,
                            void (*write)(const struct sockaddr_storage *peer, struct buf *out))
{
    static struct proxy again;
    struct buf text = {0};

    write(&p->peer, &text);
    assert(feed(&again, mode, buf_slice(&text), text.len) == text.len);
    assert(again.state == PROXY_DONE && is_same_peer(p, &again));
    buf_fini(&text);
}

static void check_peer(const struct proxy *p)
{
    char text[ADDRESS_TEXT];

    address_write((const struct sockaddr *)&p->peer, text);
    assert(memchr(text, '\0', sizeof(text)));
    check_rewritten(p, PROXY_V2, write_v2);
    if (p->peer.ss_family != AF_UNIX)
        check_rewritten(p, PROXY_V1, write_v1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum proxy_mode modes[] = {PROXY_V1, PROXY_V2, PROXY_ANY};
    static struct proxy whole, parts;
    struct slice text = {(const char *)data + 2, size - 2};
    enum proxy_mode mode;
    size_t taken;

    if (size < 3)
        return 0;
    mode = modes[data[0] % 3];
    taken = feed(&whole, mode, text, text.len);
    assert(whole.state == PROXY_DONE || !whole.has_peer);
    for (size_t i = 0; i < 2; i++) {
        size_t sum = feed(&parts, mode, text, i ? 1 : data[1] + 1U);

        assert(parts.state == whole.state && is_same_peer(&whole, &parts));
        assert(sum == taken || whole.state == PROXY_BAD); /* which is seen once a piece is taken */
    }
    if (whole.state != PROXY_DONE)
        return 0;
    feed(&parts, mode, (struct slice){text.data, taken - 1}, taken);
    assert(parts.state == PROXY_MORE);
    assert(feed(&parts, PROXY_ANY, text, text.len) == taken && is_same_peer(&whole, &parts));
    if (whole.has_peer)
        check_peer(&whole);
    return 0;
}
