/* SPDX-License-Identifier: MIT */
/* Forwarded (RFC 7239), the field itself: proxies are believed from the right, through the trusted
 * ones, and no further. */
#include "t/workers/layers/forwarded_fixture.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define VIA ", 10.0.0.2, 10.0.0.1"

Test(forwarded_rfc7239, reads_forwarded)
{
    static const struct {
        const char *text, *client, *proto, *host;
    } rows[] = {
        {"for=192.0.2.1;proto=https;by=10.0.0.1;host=a", "192.0.2.1", "https", "a"},
        {"Proto=https;HOST=\"a:80\";FoR=192.0.2.1;By=_x", "192.0.2.1", "https", "a:80"},
        {"for=\"192.0.2.1:4711\";proto=\"https\"", "192.0.2.1", "https", ""},
        {"for=\"[2001:db8::1]\"", "2001:db8::1", "", ""},
        {"for=\"[2001:DB8:0::1]:4711\";host=\"[::1]:80\"", "2001:db8::1", "", "[::1]:80"},
        {"for=UnKnown;proto=https", "unknown", "https", ""},
        {"for=\"unknown:80\"", "unknown", "", ""},
        {"for=_hidden;host=a", "unknown", "", "a"},
        {"for=\"_SE-V.K_1:80\"", "unknown", "", ""},
        {"for=\"_a:_b\", for=10.0.0.1", "unknown", "", ""},
        {"for=6.6.6.6, for=_hidden", "unknown", "", ""},
        {"for=192.0.2.1,for=\"[fd00::1]:1\" \t, \tfor=10.0.0.1", "192.0.2.1", "", ""},
        {"for=6.6.6.6;host=evil, for=192.0.2.1;host=a, for=10.0.0.1;host=b", "192.0.2.1", "", "a"},
        {"for=6.6.6.6;host=evil;proto=https, for=192.0.2.1", "192.0.2.1", "", ""},
        {"for=10.0.0.3;host=a, for=10.0.0.2;host=b", "10.0.0.3", "", "a"},
        {";for=192.0.2.1;;host=a;", "192.0.2.1", "", "a"},
        {",, for=192.0.2.1,, for=10.0.0.1,", "192.0.2.1", "", ""},
        {"for=192.0.2.1;x=\"a,b;for=6.6.6.6\", for=10.0.0.1", "192.0.2.1", "", ""},
        {"for=192.0.2.1;x=\"\\\", for=6.6.6.6;y=\\\"\", for=10.0.0.1", "192.0.2.1", "", ""},
        {"x=\"\\\\\";for=192.0.2.1;x2=\"\"", "192.0.2.1", "", ""},
        {"for=192.0.2.1;host=\"a b\";proto=ftp", "192.0.2.1", "", ""},
        {"for=192.0.2.1;host=\"a\\\"b\"", "192.0.2.1", "", ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct forwarded_told t = forwarded_read_rfc7239(rows[i].text);

        cr_expect(forwarded_is(t.client, rows[i].client) && forwarded_is(t.proto, rows[i].proto) &&
                      forwarded_is(t.host, rows[i].host),
                  "%s: %s %s %s", rows[i].text, t.client, t.proto, t.host);
    }
}

/* Each alone yields nothing, and in a list it ends the walk. */
Test(forwarded_rfc7239, refuses_malformed_elements)
{
    struct slice rest = SLICE_LIT(
        "for|for=|=1.2.3.4|=|for =1.2.3.4|for= 1.2.3.4|for=1.2.3.4 x|for=1.2.3.4;x|for=1.2.3.4;=x|"
        "for=1.2.3.4;proto|for=1.2.3.4;x=|for=1.2.3.4 for=5.6.7.8|for=1.2.3.4=5|for==1.2.3.4|"
        "for=\"\"|for=\"1.2.3.4\"x|for=\"_\"|for=_|for=_a$|for=\"_a b\"|for=\"[::1\"|for=\"::1]\"|"
        "for=\"[1.2.3.4]\"|for=\"1.2.3.4:\"|for=\"1.2.3.4:123456\"|for=\"1.2.3.4:x\"|for=\"[]\"|"
        "for=\"[::1]x\"|for=1.2.3|for=256.1.1.1|for=localhost|for=unknownx|"
        "for=1.2.3.4/8|for=(1.2.3.4)|1.2.3.4|fo r=1.2.3.4|x=y z;for=1.2.3.4|for=1.2.3.4;a b=c");
    char word[FORWARDED_TEXT], list[2 * FORWARDED_TEXT];

    while (forwarded_next_word(&rest, word)) {
        struct forwarded_told t = forwarded_read_rfc7239(word);

        cr_expect(forwarded_is(t.client, ""), "%s: %s", word, t.client);
        snprintf(list, sizeof(list), "for=6.6.6.6;host=evil, %s, for=10.0.0.1;host=a", word);
        t = forwarded_read_rfc7239(list);
        cr_expect(forwarded_is(t.client, "10.0.0.1") && forwarded_is(t.host, "a"), "%s: %s", list,
                  t.client);
    }
}

static void tells_client(const char *words, const char *client)
{
    struct slice rest = slice_of(words);
    char word[FORWARDED_TEXT];

    while (forwarded_next_word(&rest, word))
        cr_expect(forwarded_is(forwarded_read_rfc7239(word).client, client), "%s", word);
}

/* Forms that RFC 7239 and 9110 (5.6.1.2, 5.6.4) allow and few proxies write. */
Test(forwarded_rfc7239, reads_rare_forms)
{
    tells_client("for=\"192.0.2.1:_p.1\"|for=192.0.2.1, for=\"[fd00::1]:_p\"", "192.0.2.1");
    tells_client("for=192.0.2.1, |for=192.0.2.1, for=10.0.0.1, , ", "192.0.2.1");
    tells_client("for=\"192\\.0.2.\\1\"", "192.0.2.1");
}

/* A parameter MUST NOT occur twice (RFC 7239, 4), as it would be ambiguous. */
Test(forwarded_rfc7239, refuses_a_parameter_twice)
{
    tells_client("for=6.6.6.6;for=1.2.3.4|for=1.2.3.4;FOR=6.6.6.6|for=1.2.3.4;x=y;for=1.2.3.4", "");
}

/* A trusted proxy that did not name its client has not vouched for what is left of it. */
Test(forwarded_rfc7239, stops_where_nobody_is_named)
{
    static const char *const rows[] = {
        "for=6.6.6.6;host=evil, by=_p",
        "for=6.6.6.6;host=evil, proto=https;by=_p",
        "for=6.6.6.6;host=evil, by=_p, for=10.0.0.1",
        "for=6.6.6.6;host=evil, x=y, for=10.0.0.1",
        "for=6.6.6.6;host=evil, proto=https, for=10.0.0.1;host=a",
    };
    struct forwarded_told t = forwarded_read_rfc7239("for=6.6.6.6;proto=http, proto=https;host=a");

    cr_expect(forwarded_is(t.proto, "https") && forwarded_is(t.host, "a"),
              "our peer said so: %s %s", t.proto, t.host);
    for (size_t i = 0; i < COUNT(rows); i++) {
        t = forwarded_read_rfc7239(rows[i]);
        cr_expect(!forwarded_is(t.client, "6.6.6.6") && !forwarded_is(t.host, "evil"), "%s: %s",
                  rows[i], t.client);
    }
}
