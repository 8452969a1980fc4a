/* SPDX-License-Identifier: MIT */
#include "lib/core/net/public_address.h"

#include <arpa/inet.h>
#include <string.h>

#include "lib/core/net/cidr.h"

/* All IPv4 addresses are public but these. */
static const char *const special4[] = {
    "0.0.0.0/8",       /* this network */
    "10.0.0.0/8",      /* private */
    "100.64.0.0/10",   /* shared by a provider's customers */
    "127.0.0.0/8",     /* this machine */
    "169.254.0.0/16",  /* the link, and most clouds' metadata service */
    "172.16.0.0/12",   /* private */
    "192.0.0.0/24",    /* protocol assignments */
    "192.0.2.0/24",    /* documentation */
    "192.88.99.0/24",  /* 6to4 relays, deprecated */
    "192.168.0.0/16",  /* private */
    "198.18.0.0/15",   /* benchmarks */
    "198.51.100.0/24", /* documentation */
    "203.0.113.0/24",  /* documentation */
    "224.0.0.0/3",     /* multicast, reserved, broadcast */
};

/* Only the IPv6 addresses in 2000::/3 are public, except these. Private ones (fc00::/7) lie
 * outside. */
static const char *const special6[] = {
    "2001::/23",     /* protocol assignments; Teredo */
    "2001:db8::/32", /* documentation */
    "2002::/16",     /* 6to4, deprecated: embeds an IPv4 address */
    "3fff::/20",     /* documentation */
};

/* The 96-bit prefixes that embed an IPv4 address. */
static const char *const carriers[] = {
    "::ffff:0:0", /* mapped (RFC 4291, 2.5.5.2) */
    "64:ff9b::",  /* NAT64 (RFC 6052) */
};

static bool is_in(const struct sockaddr *address, const char *const *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cidr block;

        if (cidr_parse(blocks[i], &block) && cidr_contains(&block, address))
            return true;
    }
    return false;
}

static bool is_public4(struct in_addr v4)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = v4};

    return !is_in((const struct sockaddr *)&address, special4,
                  sizeof(special4) / sizeof(*special4));
}

/* Extracts the IPv4 address that is embedded in an IPv6 one. */
static bool carries(const struct in6_addr *v6, struct in_addr *v4)
{
    for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++) {
        struct in6_addr prefix;

        inet_pton(AF_INET6, carriers[i], &prefix);
        if (memcmp(&prefix, v6, 12) != 0)
            continue;
        memcpy(v4, v6->s6_addr + 12, sizeof(*v4));
        return true;
    }
    return false;
}

bool address_is_public(const struct sockaddr *address)
{
    const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    struct in_addr v4;

    if (address->sa_family == AF_INET)
        return is_public4(((const struct sockaddr_in *)(const void *)address)->sin_addr);
    if (address->sa_family != AF_INET6)
        return false;
    if (carries(v6, &v4))
        return is_public4(v4);
    return v6->s6_addr[0] >> 5 == 1 &&
           !is_in(address, special6, sizeof(special6) / sizeof(*special6));
}
