/* SPDX-License-Identifier: MIT */
/* Addresses as text, and CIDR blocks: "10.0.0.0/8", "::1", and "unix" for any unix socket. */
#ifndef LEAT_CORE_NET_CIDR_H
#define LEAT_CORE_NET_CIDR_H

#include <stdbool.h>
#include <sys/socket.h>

struct cidr {
    sa_family_t family;
    unsigned char bytes[16];
    unsigned bits;
};

/* Parses an address, a block or "unix". Returns false if `text` is none of these. */
bool cidr_parse(const char *text, struct cidr *out);
/* Returns true if the block holds the address; an IPv4-mapped IPv6 address counts as IPv4. */
bool cidr_contains(const struct cidr *block, const struct sockaddr *address);
/* Returns true if any of the blocks holds the address. */
bool cidr_any_contains(const struct cidr *blocks, size_t count, const struct sockaddr *address);

enum { ADDRESS_TEXT = 64 };
/* Writes the address without its port: an IPv4-mapped one as IPv4, any family but IP as "unix". */
void address_write(const struct sockaddr *address, char out[static ADDRESS_TEXT]);
/* Writes the network that counts as one client: the /64 of an IPv6 address ("2001:db8:1:2::/64"),
 * an IPv4 address as it is. Returns false if `text` is neither an address nor such a network. */
bool address_network(const char *text, char out[static ADDRESS_TEXT]);
/* Writes the site of an address: the /48 of an IPv6 address ("2001:db8:1::/48"), which is what a
 * provider assigns to one customer, or an IPv4 address as it is. Returns false if `text` is not an
 * address. */
bool address_site(const char *text, char out[static ADDRESS_TEXT]);

#endif
