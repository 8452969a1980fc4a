/* SPDX-License-Identifier: MIT */
#include "lib/core/net/cidr.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

#include <criterion/criterion.h>

Test(cidr, parses)
{
    static const char *const good[] = {
        "10.0.0.0/8", "0.0.0.0/0", "1.2.3.4",         "1.2.3.4/32", "::1",
        "::/0",       "fe80::/10", "2001:db8::1/128", "unix",       "::ffff:1.2.3.4"};
    static const char *const bad[] = {"",
                                      "/8",
                                      "10.0.0.0/",
                                      "10.0.0.0/33",
                                      "10.0.0/8",
                                      "10.0.0.0/-1",
                                      "10.0.0.0/+8",
                                      "10.0.0.0/8 ",
                                      "10.0.0.0/ 8",
                                      " 10.0.0.0",
                                      "::/129",
                                      "::1/x",
                                      "unix/0",
                                      "Unix",
                                      "localhost",
                                      "256.0.0.0",
                                      "10.0.0.0/8/8",
                                      "fe80::1%lo",
                                      "10.0.0.0/99999999999999999999999",
                                      "[::1]",
                                      "1.2.3.4:80",
                                      "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"};
    struct cidr c;

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(cidr_parse(good[i], &c), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(!cidr_parse(bad[i], &c), "%s", bad[i]);
}

static bool contains(const struct cidr *block, const char *address)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un path;
    } u;

    memset(&u, 0, sizeof(u));
    if (strchr(address, ':')) {
        u.v6.sin6_family = AF_INET6;
        cr_assert(inet_pton(AF_INET6, address, &u.v6.sin6_addr) == 1);
    } else if (strchr(address, '.')) {
        u.v4.sin_family = AF_INET;
        cr_assert(inet_pton(AF_INET, address, &u.v4.sin_addr) == 1);
    } else {
        u.path.sun_family = AF_UNIX;
    }
    return cidr_contains(block, &u.any);
}

Test(cidr, contains)
{
    static const struct {
        const char *block, *address;
        bool is_in;
    } rows[] = {
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"10.9.9.9/8", "10.1.1.1", true},
        {"10.0.0.0/9", "10.127.0.1", true},
        {"10.0.0.0/9", "10.128.0.1", false},
        {"1.2.3.4", "1.2.3.4", true},
        {"1.2.3.4", "1.2.3.5", false},
        {"1.2.3.4/31", "1.2.3.5", true},
        {"0.0.0.0/0", "9.9.9.9", true},
        {"0.0.0.0/0", "::1", false},
        {"::/0", "::1", true},
        {"::/0", "1.2.3.4", false},
        {"10.0.0.0/8", "::ffff:10.1.1.1", true},
        {"10.0.0.0/8", "::ffff:11.1.1.1", false},
        {"10.0.0.0/8", "::10.1.1.1", false},
        {"fe80::/10", "febf::1", true},
        {"fe80::/10", "fec0::1", false},
        {"::1", "::1", true},
        {"::1", "::2", false},
        {"unix", "unix", true},
        {"unix", "127.0.0.1", false},
        {"0.0.0.0/0", "unix", false},
        {"::/0", "unix", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct cidr c;

        cr_assert(cidr_parse(rows[i].block, &c));
        cr_expect(contains(&c, rows[i].address) == rows[i].is_in, "%s %s", rows[i].block,
                  rows[i].address);
    }
}

/* cidr.h: an IPv4-mapped IPv6 address counts as IPv4, so no IPv6 block holds it. */
Test(cidr, counts_a_mapped_address_as_ipv4)
{
    struct cidr c;

    cr_assert(cidr_parse("::/0", &c));
    cr_expect(!contains(&c, "::ffff:10.1.1.1"));
    cr_assert(cidr_parse("::ffff:10.0.0.0/104", &c));
    cr_expect(contains(&c, "10.1.1.1") == contains(&c, "::ffff:10.1.1.1"),
              "both are the same address");
}

Test(cidr, writes_addresses_in_one_form)
{
    static const struct {
        int family;
        const char *address, *want;
    } rows[] = {{AF_INET, "10.0.0.1", "10.0.0.1"},
                {AF_INET6, "2001:DB8::0:1", "2001:db8::1"},
                {AF_INET6, "::ffff:10.0.0.1", "10.0.0.1"},
                {AF_UNIX, NULL, "unix"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct sockaddr_storage a = {.ss_family = (sa_family_t)rows[i].family};
        void *at = rows[i].family == AF_INET
                       ? (void *)&((struct sockaddr_in *)(void *)&a)->sin_addr
                       : (void *)&((struct sockaddr_in6 *)(void *)&a)->sin6_addr;
        char text[ADDRESS_TEXT];

        if (rows[i].address)
            cr_assert(inet_pton(rows[i].family, rows[i].address, at) == 1);
        address_write((struct sockaddr *)&a, text);
        cr_expect(strcmp(text, rows[i].want) == 0, "%s: %s", rows[i].want, text);
    }
}

/* What limits and bans count as one client. */
Test(cidr, knows_the_network_of_an_address)
{
    static const struct {
        const char *text, *network; /* NULL: none */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1/32", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2::1", "2001:db8:1:2::/64"},
        {"2001:DB8:1:2:ffff:0:0:9", "2001:db8:1:2::/64"},
        {"2001:db8:1:2::/64", "2001:db8:1:2::/64"},
        {"2001:db8:1:2::9/64", "2001:db8:1:2::/64"},
        {"::1", "::/64"},
        {"unix", "unix"},
        {"2001:db8::/32", NULL},
        {"2001:db8:1:2::/65", NULL},
        {"192.0.2.0/24", NULL},
        {"192.0.2", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[ADDRESS_TEXT];
        bool ok = address_network(rows[i].text, out);

        cr_expect(ok == (rows[i].network != NULL), "%s", rows[i].text);
        cr_expect(!ok || strcmp(out, rows[i].network) == 0, "%s: %s", rows[i].text, out);
    }
}

/* What may guess passwords as often as one client. */
Test(cidr, knows_the_site_of_an_address)
{
    static const struct {
        const char *text, *site; /* NULL: none */
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"::ffff:192.0.2.1", "192.0.2.1"},
        {"2001:db8:1:2::1", "2001:db8:1::/48"},
        {"2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::/48"},
        {"2001:db8:2::", "2001:db8:2::/48"},
        {"::1", "::/48"},
        {"unix", "unix"},
        {"2001:db8:1:2::/64", NULL},
        {"192.0.2.0/24", NULL},
        {"", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[ADDRESS_TEXT];
        bool ok = address_site(rows[i].text, out);

        cr_expect(ok == (rows[i].site != NULL), "%s", rows[i].text);
        cr_expect(!ok || strcmp(out, rows[i].site) == 0, "%s: %s", rows[i].text, out);
    }
}
