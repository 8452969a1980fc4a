/* SPDX-License-Identifier: MIT */
/* Forwarded headers: proxies are believed from the right, through the trusted ones, and no
 * further. */
#include "t/workers/layers/forwarded_fixture.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define VIA ", 10.0.0.2, 10.0.0.1"

Test(forwarded, tells_nothing_of_nothing)
{
    static const char *const empty[] = {NULL, "", ",", " , ,\t, "};

    for (size_t i = 0; i < COUNT(empty); i++) {
        struct forwarded_told t = forwarded_read_x(empty[i], empty[i], empty[i], empty[i]);

        cr_expect(!*t.client && !*t.proto && !*t.host && !*t.prefix, "row %zu", i);
        t = forwarded_read_rfc7239(empty[i]);
        cr_expect(!*t.client && !*t.proto && !*t.host && !*t.prefix, "Forwarded, row %zu", i);
    }
}

Test(forwarded, walks_a_list_from_the_right)
{
    static const struct {
        const char *list, *client;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"192.0.2.1, 10.0.0.1", "192.0.2.1"},
        {"192.0.2.1,10.0.0.2,10.0.0.1", "192.0.2.1"},
        {" \t192.0.2.1 \t,\t10.0.0.1 ", "192.0.2.1"},
        {"6.6.6.6, 192.0.2.1", "192.0.2.1"},
        {"6.6.6.6, 192.0.2.1, 10.0.0.1", "192.0.2.1"},
        {"10.6.6.6, 192.0.2.1, 10.0.0.1", "192.0.2.1"},
        {"10.0.0.3, 10.0.0.2", "10.0.0.3"}, /* all are trusted: the first */
        {"192.0.2.1:4711, 10.0.0.1:80", "192.0.2.1"},
        {"2001:db8::1, [fd00::1]", "2001:db8::1"},
        {"[2001:db8::1]:443", "2001:db8::1"},
        {"[2001:db8::1]:1, [fd00::1]:80, fd00::2, 10.0.0.1", "2001:db8::1"},
        {"2001:DB8:0:0::1", "2001:db8::1"}, /* one client, one spelling */
        {"::ffff:192.0.2.1, ::ffff:10.0.0.1", "192.0.2.1"},
        {"unknown", "unknown"},
        {"6.6.6.6, unknown, 10.0.0.1", "unknown"},
        {",192.0.2.1, , ,10.0.0.1, ", "192.0.2.1"},
    };
    char list[1000] = "192.0.2.1";

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct forwarded_told t = forwarded_read_x(rows[i].list, NULL, NULL, NULL);

        cr_expect(forwarded_is(t.client, rows[i].client), "%s: %s", rows[i].list, t.client);
    }
    for (size_t i = 0; i < 50; i++)
        strcat(list, ", 10.0.0.1");
    cr_expect(forwarded_is(forwarded_read_x(list, NULL, NULL, NULL).client, "192.0.2.1"),
              "many hops");
}

/* nginx writes "unix:" for a peer on a unix socket. */
Test(forwarded, knows_unix_hops)
{
    cr_expect(forwarded_is(forwarded_read_x("unix", NULL, NULL, NULL).client, "unix"));
    cr_expect(forwarded_is(forwarded_read_x("6.6.6.6, 1.2.3.4, unix", NULL, NULL, NULL).client,
                           "1.2.3.4"));
    cr_expect(forwarded_is(forwarded_read_x("unix:", NULL, NULL, NULL).client, "unix"));
    cr_expect(forwarded_is(
        forwarded_read_x("6.6.6.6, 1.2.3.4, unix:, 10.0.0.1", NULL, NULL, NULL).client, "1.2.3.4"));
}

Test(forwarded, stops_at_junk)
{
    struct slice rest = SLICE_LIT(
        "x|1.2.3|1.2.3.4.5|256.1.1.1|01.2.3.4|1.2.3.4/8|1.2.3.4:|1.2.3.4:x|1.2.3.4:-1|1.2.3.4:+1|"
        "1.2.3.4: 1|1.2.3.4:123456|1.2.3.4:1:2|1.2.3.4;x|1.2.3.4 5.6.7.8|1.2.3.4.|.1.2.3.4|0x7f.1|"
        "127.1|2130706433|localhost|example.org|[::1|::1]|[]|[|]|[]:80|[1.2.3.4]|[::1]x80|[::1]:|"
        "[::1]:x|[::1]:80:80|[[::1]]|::1%eth0|[::1%1]|fe80::1::2|1:2:3|:|:80|<script>|'1.2.3.4'|"
        "for=1.2.3.4|\x01|\xff|1.2.3.4\x7f|111111111111111111111111111111111111111111111111111111|"
        "1.2.3.4                                                                            5|"
        "1:2:3:4:5:6:7:8888888888888888888888888888888888888888888888888888888888888888888888888");
    char word[FORWARDED_TEXT], list[2 * FORWARDED_TEXT];

    while (forwarded_next_word(&rest, word)) {
        struct forwarded_told t = forwarded_read_x(word, "https", "a", "/p");

        cr_expect(forwarded_is(t.client, ""), "%s: %s", word, t.client);
        snprintf(list, sizeof(list), "6.6.6.6, %s", word);
        t = forwarded_read_x(list, "http, https", "evil, a", NULL);
        cr_expect(forwarded_is(t.client, "") && !forwarded_is(t.host, "evil") &&
                      !forwarded_is(t.proto, "http"),
                  "%s", list);
        snprintf(list, sizeof(list), "6.6.6.6, %s, 10.0.0.2, 10.0.0.1", word);
        t = forwarded_read_x(list, "http, http, https, http", "evil, b, a, c", "/evil, /b, /a, /c");
        cr_expect(forwarded_is(t.client, "10.0.0.2"), "%s: %s", list, t.client);
        cr_expect(forwarded_is(t.proto, "https") && forwarded_is(t.host, "a") &&
                      forwarded_is(t.prefix, "/a"),
                  "%s", list);
    }
}

Test(forwarded, stops_at_nul)
{
    static const char list[] = "192.0.2.1\0x";
    struct forwarded_told t = forwarded_read_copies((struct slice[]){
        {0}, {list, sizeof(list) - 1}, {0}, {list, sizeof(list) - 1}, {"/a\0b", 4}});

    cr_expect(forwarded_is(t.client, "") && forwarded_is(t.host, "") && forwarded_is(t.prefix, ""),
              "%s", t.client);
}

/* The same element of each list, counted from the right; the leftmost if a list is shorter. */
Test(forwarded, aligns_the_lists)
{
    static const struct {
        const char *for_, *proto, *host, *prefix, *told[3];
    } rows[] = {
        {"1.2.3.4", "https", "a:8443", "/a/b", {"https", "a:8443", "/a/b"}},
        {"1.2.3.4" VIA, "https, http, http", "a, b, c", "/a, /b, /c", {"https", "a", "/a"}},
        {"1.2.3.4" VIA, "http,https,http,http", "x,a,b,c", "/x,/a,/b,/c", {"https", "a", "/a"}},
        {"::9, 1.2.3.4, 10.0.0.1", "http,https,http", "x,a,b", "/x,/a,/b", {"https", "a", "/a"}},
        {"6.6.6.6, 1.2.3.4", "http, https", "x, a", "/x, /a", {"https", "a", "/a"}},
        {"1.2.3.4" VIA, "https", "a, b", "/a", {"https", "a", "/a"}},
        {"1.2.3.4" VIA, "https,http", NULL, "/a, /b", {"https", "", "/a"}},
        {"10.0.0.2, 10.0.0.1", "http,https,http", "x,a,b", "/x,/a,/b", {"https", "a", "/a"}},
        {"unknown, 10.0.0.1", "http, https, http", "x, a, b", NULL, {"https", "a", ""}},
        {NULL, "https", "a", "/a", {"https", "a", "/a"}},
        {NULL, "http, https", "x, a", "/x, /a", {"https", "a", "/a"}},
        /* what is believed is invalid: another element is not taken for it */
        {"1.2.3.4, 10.0.0.1", "ftp, http", "a b, c", "x, /c", {"", "", ""}},
        {"6.6.6.6, 1.2.3.4", "http, ftp", "x, a b", "/x, y", {"", "", ""}},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct forwarded_told t =
            forwarded_read_x(rows[i].for_, rows[i].proto, rows[i].host, rows[i].prefix);

        cr_expect(forwarded_is(t.proto, rows[i].told[0]) && forwarded_is(t.host, rows[i].told[1]) &&
                      forwarded_is(t.prefix, rows[i].told[2]),
                  "row %zu: %s %s %s", i, t.proto, t.host, t.prefix);
    }
}

/* Expects each of `words` to be reported unchanged, or not at all. */
static void tells(size_t field, const char *words, bool is_valid)
{
    struct slice rest = slice_of(words);
    char word[FORWARDED_TEXT];

    while (forwarded_next_word(&rest, word)) {
        struct slice s[FIELDS] = {0};
        struct forwarded_told t;

        s[field] = slice_of(word);
        t = forwarded_read_copies(s);
        cr_expect(forwarded_is(t.proto, is_valid && field == PROTO ? word : ""), "proto %s", word);
        cr_expect(forwarded_is(t.host, is_valid && field == HOST ? word : ""), "host %s", word);
        cr_expect(forwarded_is(t.prefix, is_valid && field == PREFIX ? word : ""), "prefix %s",
                  word);
    }
}

Test(forwarded, checks_what_it_tells)
{
    struct forwarded_told t = forwarded_read_x(NULL, NULL, NULL, "/a/");

    tells(PROTO, "http|https", true);
    tells(PROTO, "ftp|httpss|htt|ht tp|https:|http/1.1|h2|ws|on|\"https\"|https\x01|javascript",
          false);
    tells(HOST,
          "example.org|a|a:80|192.0.2.1:8080|a-b_c|[2001:db8::1]|[2001:db8::1]:443|EXAMPLE.org",
          true);
    tells(HOST,
          "a b|a/b|/|a\tb|a\x01|a\x7f|a\r\nX: y|a@b|a?b|a\\b|\"a\"|<a>|a\xc3\xa4|{a}|http://a",
          false);
    tells(PREFIX, "/a|/a/b|/a-b_c.d~e|/v1.0|/%20|/a:b", true);
    tells(PREFIX,
          "a|a/b|/|//|//a|//evil.org/a|/a//b|/..|/../a|/a/..|/a/../b|..|/a?b|/?|/a#b|/a b|/a\tb|"
          "/a\x01|/a\x7f|/a\r\nX: y|/\\evil.org|/a\"b|/<a>|http://a/|?|\\",
          false);
    cr_expect(forwarded_is(t.prefix, "/a") || forwarded_is(t.prefix, ""), "no '/' at the end: %s",
              t.prefix);
}

/* None of these may be in a host (RFC 3986, 3.2.2): a '#' would end it in a URL made from it. */
Test(forwarded, tells_no_host_with_a_fragment)
{
    tells(HOST, "a#b|evil.org#.example.org|a^b|a`b", false);
}

/* Schemes are case-insensitive, and reported as "http" or "https". */
Test(forwarded, tells_the_scheme_in_one_spelling)
{
    cr_expect(forwarded_is(forwarded_read_x(NULL, "HTTPS", NULL, NULL).proto, "https"));
    cr_expect(forwarded_is(forwarded_read_rfc7239("for=192.0.2.1;proto=HTTP").proto, "http"));
}

/* The client's part is at the left: it can neither hide nor change what proxies added. */
Test(forwarded, lets_no_client_meddle)
{
    static const char marks[] = "\"\"\\,;==for66..:_ []x";
    uint32_t seed = 20140601;
    char junk[16], text[FORWARDED_TEXT];

    for (int i = 0; i < 50000; i++) {
        struct forwarded_told t;
        size_t len = 1 + (seed >> 20) % (sizeof(junk) - 1);

        for (size_t at = 0; at < len; at++)
            junk[at] = marks[((seed = seed * 1664525 + 1013904223) >> 16) % (sizeof(marks) - 1)];
        snprintf(text, sizeof(text), "%.*s, 192.0.2.1, 10.0.0.1", (int)len, junk);
        t = forwarded_read_x(text, NULL, NULL, NULL);
        cr_assert(forwarded_is(t.client, "192.0.2.1"), "%s: %s", text, t.client);
        snprintf(text, sizeof(text), "%.*s, for=\"[2001:db8::1]:1\";host=\"a\"%s", (int)len, junk,
                 i % 2 ? ", for=10.0.0.1;host=b" : "");
        t = forwarded_read_rfc7239(text);
        cr_assert(forwarded_is(t.client, "2001:db8::1") && forwarded_is(t.host, "a"), "%s: %s",
                  text, t.client);
    }
}

/* A proxy that writes X-Forwarded-* passes a client's Forwarded on unchanged. */
Test(forwarded, believes_one_kind)
{
    static const char evil[] = "for=6.6.6.6;proto=http;host=evil";
    static const char *const rows[][2] = {
        {"192.0.2.1", NULL}, {"192.0.2.1", "https"}, {NULL, "https"}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct forwarded_told t = forwarded_read_copies(
            (struct slice[]){slice_of(evil), slice_of(rows[i][0]), slice_of(rows[i][1]), {0}, {0}});

        cr_expect(forwarded_is(t.client, rows[i][0] ? rows[i][0] : ""), "row %zu: %s", i, t.client);
        cr_expect(forwarded_is(t.proto, rows[i][1] ? rows[i][1] : "") && forwarded_is(t.host, ""),
                  "row %zu", i);
    }
}
