/* SPDX-License-Identifier: MIT */
#ifndef LEAT_CORE_NET_PUBLIC_ADDRESS_H
#define LEAT_CORE_NET_PUBLIC_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* Returns true if the address is globally reachable by IANA's special-purpose registries (RFC
 * 6890): not this host, a private network, a link, a shared or documentation block, multicast, or a
 * cloud's metadata service. An IPv4 address embedded in IPv6 (mapped, NAT64) is itself judged.
 * Returns false for other families. */
bool address_is_public(const struct sockaddr *address);

#endif
