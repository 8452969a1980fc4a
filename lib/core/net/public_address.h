/* SPDX-License-Identifier: MIT */
#ifndef LEAT_CORE_NET_PUBLIC_ADDRESS_H
#define LEAT_CORE_NET_PUBLIC_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Returns true if the address is reachable from everywhere, by the special-purpose registries of
 * IANA (RFC 6890): not this machine, a private network, a link, a shared or documentation block,
 * multicast, or the metadata service of a cloud. An IPv4 address inside of one of IPv6 (mapped,
 * NAT64) counts itself. False for other families. */
bool address_is_public(const struct sockaddr *address);

#endif
