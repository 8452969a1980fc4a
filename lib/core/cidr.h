/* SPDX-License-Identifier: MIT */
/* Blocks of addresses: "10.0.0.0/8", "::1", and "unix" for any unix socket. */
#ifndef LEAT_CORE_CIDR_H
#define LEAT_CORE_CIDR_H

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

#endif
