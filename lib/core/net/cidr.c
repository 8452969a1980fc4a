/* SPDX-License-Identifier: MIT */
#include "lib/core/net/cidr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The prefix of IPv4-mapped addresses, ::ffff:0:0/96 (RFC 4291, 2.5.5.2). */
static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};

bool cidr_parse(const char *text, struct cidr *out)
{
    char host[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t len = slash ? (size_t)(slash - text) : strlen(text);
    unsigned most;

    *out = (struct cidr){.family = AF_UNIX};
    if (strcmp(text, "unix") == 0)
        return true;
    if (len >= sizeof(host))
        return false;
    snprintf(host, sizeof(host), "%.*s", (int)len, text);
    out->family = strchr(host, ':') ? AF_INET6 : AF_INET;
    most = out->family == AF_INET6 ? 128 : 32;
    if (inet_pton(out->family, host, out->bytes) != 1)
        return false;
    out->bits = most;
    if (slash) {
        char *end;
        unsigned long bits = strtoul(slash + 1, &end, 10);

        if (slash[1] < '0' || slash[1] > '9' || *end || bits > most)
            return false;
        out->bits = (unsigned)bits;
    }
    if (out->family == AF_INET6 && out->bits >= 96 &&
        memcmp(out->bytes, mapped, sizeof(mapped)) == 0) {
        memmove(out->bytes, out->bytes + 12, 4);
        out->family = AF_INET;
        out->bits -= 96;
    }
    return true;
}

static bool has_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(a, b, whole) == 0 && (!rest || !((a[whole] ^ b[whole]) >> (8 - rest)));
}

bool cidr_contains(const struct cidr *block, const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6) {
        const struct in6_addr *v6 =
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;

        if (IN6_IS_ADDR_V4MAPPED(v6))
            return block->family == AF_INET &&
                   has_prefix(block->bytes, v6->s6_addr + 12, block->bits);
        return block->family == AF_INET6 && has_prefix(block->bytes, v6->s6_addr, block->bits);
    }
    if (address->sa_family == AF_INET && block->family == AF_INET) {
        const struct in_addr *v4 = &((const struct sockaddr_in *)(const void *)address)->sin_addr;

        return has_prefix(block->bytes, (const unsigned char *)v4, block->bits);
    }
    return address->sa_family == AF_UNIX && block->family == AF_UNIX;
}

bool cidr_any_contains(const struct cidr *blocks, size_t count, const struct sockaddr *address)
{
    for (size_t i = 0; i < count; i++)
        if (cidr_contains(&blocks[i], address))
            return true;
    return false;
}

void address_write(const struct sockaddr *address, char out[static ADDRESS_TEXT])
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    const struct in_addr *v4 = &((const struct sockaddr_in *)(const void *)address)->sin_addr;

    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, v4, out, ADDRESS_TEXT);
    else if (address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(v6))
        inet_ntop(AF_INET, v6->s6_addr + 12, out, ADDRESS_TEXT);
    else if (address->sa_family == AF_INET6)
        inet_ntop(AF_INET6, v6, out, ADDRESS_TEXT);
    else
        snprintf(out, ADDRESS_TEXT, "unix");
}

/* Writes an IPv4 address or "unix" as it is, and the first `bits` of an IPv6 address; `bits` is a
 * multiple of 8. */
static bool write_network(struct cidr *c, unsigned bits, char out[static ADDRESS_TEXT])
{
    char text[INET6_ADDRSTRLEN];

    if (c->family == AF_UNIX) {
        snprintf(out, ADDRESS_TEXT, "unix");
        return true;
    }
    if (c->family == AF_INET)
        return c->bits == 32 && inet_ntop(AF_INET, c->bytes, out, ADDRESS_TEXT);
    memset(c->bytes + bits / 8, 0, sizeof(c->bytes) - bits / 8);
    inet_ntop(AF_INET6, c->bytes, text, sizeof(text));
    snprintf(out, ADDRESS_TEXT, "%s/%u", text, bits);
    return true;
}

bool address_network(const char *text, char out[static ADDRESS_TEXT])
{
    struct cidr c;

    return cidr_parse(text, &c) && (c.family != AF_INET6 || c.bits == 128 || c.bits == 64) &&
           write_network(&c, 64, out);
}

bool address_site(const char *text, char out[static ADDRESS_TEXT])
{
    struct cidr c;

    return cidr_parse(text, &c) && (c.family != AF_INET6 || c.bits == 128) &&
           write_network(&c, 48, out);
}
