/* SPDX-License-Identifier: MIT */
#include "lib/core/net/public_address.h"

#include <arpa/inet.h>

#include <criterion/criterion.h>

static bool is_public(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_is_public((struct sockaddr *)&v4);
    cr_assert(inet_pton(AF_INET6, text, &v6.sin6_addr) == 1, "%s", text);
    return address_is_public((struct sockaddr *)&v6);
}

Test(public_address, those_that_everybody_reaches)
{
    static const char *const rows[] = {
        "1.1.1.1",          "8.8.8.8",
        "9.255.255.255",    "11.0.0.0",
        "100.63.255.255",   "100.128.0.0",
        "126.255.255.255",  "128.0.0.0",
        "169.253.255.255",  "169.255.0.0",
        "172.15.255.255",   "172.32.0.0",
        "192.0.1.0",        "192.167.255.255",
        "192.169.0.0",      "198.17.255.255",
        "198.20.0.0",       "223.255.255.255",
        "2606:4700::1111",  "2a00:1450:4001::1",
        "2001:200::1",      "2001:4860:4860::8888",
        "3ffe:ffff::1",     "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8", "2620:4f:8000::1",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(is_public(rows[i]), "%s", rows[i]);
}

Test(public_address, those_that_are_not)
{
    static const char *const rows[] = {
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::ffff:0.0.0.0",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b::10.1.2.3",
        "64:ff9b:1::1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fdff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
    };
    struct sockaddr unix_socket = {.sa_family = AF_UNIX};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(!is_public(rows[i]), "%s", rows[i]);
    cr_expect(!address_is_public(&unix_socket));
}
