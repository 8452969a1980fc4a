/* SPDX-License-Identifier: MIT */
/* Addresses as text, and blocks of them: "10.0.0.0/8", "::1", and "unix" for any unix socket. */
#ifndef LEAT_CORE_NET_CIDR_H
#define LEAT_CORE_NET_CIDR_H

#include <stdbool.h>
#include <sys/socket.h>

struct cidr {
    sa_family_t family;
    unsigned char bytes[16];
    unsigned bits;
};

bool cidr_parse(const char *text, struct cidr *out);
/* Whether the block holds the address; an IPv4-mapped IPv6 address counts as IPv4. */
bool cidr_contains(const struct cidr *block, const struct sockaddr *address);
/* Whether one of them does. */
bool cidr_any_contains(const struct cidr *blocks, size_t count, const struct sockaddr *address);

enum { ADDRESS_TEXT = 64 };
/* The address without its port; an IPv4-mapped one as IPv4, any other family as "unix". */
void address_write(const struct sockaddr *address, char out[static ADDRESS_TEXT]);
/* The network that counts as one client, "2001:db8:1:2::/64": of IPv6 one of 64 bits, of IPv4 the
 * address itself. False: `text` is neither an address nor such a network. */
bool address_network(const char *text, char out[static ADDRESS_TEXT]);
/* The site that the address is of, "2001:db8:1::/48": of IPv6 as much as one customer of a provider
 * has, of IPv4 the address itself. False: `text` is no address. */
bool address_site(const char *text, char out[static ADDRESS_TEXT]);

#endif
