/* SPDX-License-Identifier: MIT */
/* Forwarded headers: proxies are believed from the right, through the trusted ones, and no
 * further. */
#include "workers/layers/forwarded.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define VIA ", 10.0.0.2, 10.0.0.1"

enum { FORWARDED, FOR, PROTO, HOST, PREFIX, FIELDS };
enum { TEXT = 300 };

/* The result as text, because the fields that it pointed to are freed. */
struct told {
    char client[ADDRESS_TEXT], proto[TEXT], host[TEXT], prefix[TEXT];
};

static void copy_out(struct slice s, char out[static TEXT])
{
    cr_assert(s.len < TEXT);
    if (s.len)
        memcpy(out, s.data, s.len);
    out[s.len] = 0;
}

/* Takes the next of "a|b|c". */
static bool next(struct slice *rest, char out[static TEXT])
{
    if (!rest->len)
        return false;
    copy_out(slice_cut(rest, '|'), out);
    return true;
}

/* Reads exact-size copies, so that a sanitizer finds an overrun. */
static struct told read_slices(const struct slice fields[static FIELDS])
{
    struct cidr trusted[3];
    struct forwarded out;
    struct told told;
    char *copies[FIELDS] = {0};
    struct slice s[FIELDS] = {0};

    cr_assert(cidr_parse("10.0.0.0/8", &trusted[0]) && cidr_parse("fd00::/8", &trusted[1]) &&
              cidr_parse("unix", &trusted[2]));
    for (size_t i = 0; i < FIELDS; i++) {
        if (!fields[i].data)
            continue;
        copies[i] = malloc(fields[i].len + !fields[i].len);
        memcpy(copies[i], fields[i].data, fields[i].len);
        s[i] = (struct slice){copies[i], fields[i].len};
    }
    memset(&out, 0xa5, sizeof(out));
    forwarded_read(&(struct forwarded_fields){s[0], s[1], s[2], s[3], s[4]}, trusted, 3, &out);
    cr_assert(memchr(out.client, 0, sizeof(out.client)));
    memcpy(told.client, out.client, sizeof(told.client));
    copy_out(out.proto, told.proto);
    copy_out(out.host, told.host);
    copy_out(out.prefix, told.prefix);
    for (size_t i = 0; i < FIELDS; i++)
        free(copies[i]);
    return told;
}

static struct told read_x(const char *for_, const char *proto, const char *host, const char *prefix)
{
    return read_slices(
        (struct slice[]){{0}, slice_of(for_), slice_of(proto), slice_of(host), slice_of(prefix)});
}

static struct told read_forwarded(const char *text)
{
    return read_slices((struct slice[]){slice_of(text), {0}, {0}, {0}, {0}});
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

Test(forwarded, tells_nothing_of_nothing)
{
    static const char *const empty[] = {NULL, "", ",", " , ,\t, "};

    for (size_t i = 0; i < COUNT(empty); i++) {
        struct told t = read_x(empty[i], empty[i], empty[i], empty[i]);

        cr_expect(!*t.client && !*t.proto && !*t.host && !*t.prefix, "row %zu", i);
        t = read_forwarded(empty[i]);
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
        struct told t = read_x(rows[i].list, NULL, NULL, NULL);

        cr_expect(is(t.client, rows[i].client), "%s: %s", rows[i].list, t.client);
    }
    for (size_t i = 0; i < 50; i++)
        strcat(list, ", 10.0.0.1");
    cr_expect(is(read_x(list, NULL, NULL, NULL).client, "192.0.2.1"), "many hops");
}

/* nginx writes "unix:" for a peer on a unix socket. */
Test(forwarded, knows_unix_hops)
{
    cr_expect(is(read_x("unix", NULL, NULL, NULL).client, "unix"));
    cr_expect(is(read_x("6.6.6.6, 1.2.3.4, unix", NULL, NULL, NULL).client, "1.2.3.4"));
    cr_expect(is(read_x("unix:", NULL, NULL, NULL).client, "unix"));
    cr_expect(is(read_x("6.6.6.6, 1.2.3.4, unix:, 10.0.0.1", NULL, NULL, NULL).client, "1.2.3.4"));
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
    char word[TEXT], list[2 * TEXT];

    while (next(&rest, word)) {
        struct told t = read_x(word, "https", "a", "/p");

        cr_expect(is(t.client, ""), "%s: %s", word, t.client);
        snprintf(list, sizeof(list), "6.6.6.6, %s", word);
        t = read_x(list, "http, https", "evil, a", NULL);
        cr_expect(is(t.client, "") && !is(t.host, "evil") && !is(t.proto, "http"), "%s", list);
        snprintf(list, sizeof(list), "6.6.6.6, %s, 10.0.0.2, 10.0.0.1", word);
        t = read_x(list, "http, http, https, http", "evil, b, a, c", "/evil, /b, /a, /c");
        cr_expect(is(t.client, "10.0.0.2"), "%s: %s", list, t.client);
        cr_expect(is(t.proto, "https") && is(t.host, "a") && is(t.prefix, "/a"), "%s", list);
    }
}

Test(forwarded, stops_at_nul)
{
    static const char list[] = "192.0.2.1\0x";
    struct told t = read_slices((struct slice[]){
        {0}, {list, sizeof(list) - 1}, {0}, {list, sizeof(list) - 1}, {"/a\0b", 4}});

    cr_expect(is(t.client, "") && is(t.host, "") && is(t.prefix, ""), "%s", t.client);
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
        struct told t = read_x(rows[i].for_, rows[i].proto, rows[i].host, rows[i].prefix);

        cr_expect(is(t.proto, rows[i].told[0]) && is(t.host, rows[i].told[1]) &&
                      is(t.prefix, rows[i].told[2]),
                  "row %zu: %s %s %s", i, t.proto, t.host, t.prefix);
    }
}

/* Expects each of `words` to be reported unchanged, or not at all. */
static void tells(size_t field, const char *words, bool is_valid)
{
    struct slice rest = slice_of(words);
    char word[TEXT];

    while (next(&rest, word)) {
        struct slice s[FIELDS] = {0};
        struct told t;

        s[field] = slice_of(word);
        t = read_slices(s);
        cr_expect(is(t.proto, is_valid && field == PROTO ? word : ""), "proto %s", word);
        cr_expect(is(t.host, is_valid && field == HOST ? word : ""), "host %s", word);
        cr_expect(is(t.prefix, is_valid && field == PREFIX ? word : ""), "prefix %s", word);
    }
}

Test(forwarded, checks_what_it_tells)
{
    struct told t = read_x(NULL, NULL, NULL, "/a/");

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
    cr_expect(is(t.prefix, "/a") || is(t.prefix, ""), "no '/' at the end: %s", t.prefix);
}

/* None of these may be in a host (RFC 3986, 3.2.2): a '#' would end it in a URL made from it. */
Test(forwarded, tells_no_host_with_a_fragment)
{
    tells(HOST, "a#b|evil.org#.example.org|a^b|a`b", false);
}

/* Schemes are case-insensitive, and reported as "http" or "https". */
Test(forwarded, tells_the_scheme_in_one_spelling)
{
    cr_expect(is(read_x(NULL, "HTTPS", NULL, NULL).proto, "https"));
    cr_expect(is(read_forwarded("for=192.0.2.1;proto=HTTP").proto, "http"));
}

Test(forwarded, reads_forwarded)
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
        struct told t = read_forwarded(rows[i].text);

        cr_expect(is(t.client, rows[i].client) && is(t.proto, rows[i].proto) &&
                      is(t.host, rows[i].host),
                  "%s: %s %s %s", rows[i].text, t.client, t.proto, t.host);
    }
}

/* Each alone yields nothing, and in a list it ends the walk. */
Test(forwarded, refuses_malformed_elements)
{
    struct slice rest = SLICE_LIT(
        "for|for=|=1.2.3.4|=|for =1.2.3.4|for= 1.2.3.4|for=1.2.3.4 x|for=1.2.3.4;x|for=1.2.3.4;=x|"
        "for=1.2.3.4;proto|for=1.2.3.4;x=|for=1.2.3.4 for=5.6.7.8|for=1.2.3.4=5|for==1.2.3.4|"
        "for=\"\"|for=\"1.2.3.4\"x|for=\"_\"|for=_|for=_a$|for=\"_a b\"|for=\"[::1\"|for=\"::1]\"|"
        "for=\"[1.2.3.4]\"|for=\"1.2.3.4:\"|for=\"1.2.3.4:123456\"|for=\"1.2.3.4:x\"|for=\"[]\"|"
        "for=\"[::1]x\"|for=1.2.3|for=256.1.1.1|for=localhost|for=unknownx|"
        "for=1.2.3.4/8|for=(1.2.3.4)|1.2.3.4|fo r=1.2.3.4|x=y z;for=1.2.3.4|for=1.2.3.4;a b=c");
    char word[TEXT], list[2 * TEXT];

    while (next(&rest, word)) {
        struct told t = read_forwarded(word);

        cr_expect(is(t.client, ""), "%s: %s", word, t.client);
        snprintf(list, sizeof(list), "for=6.6.6.6;host=evil, %s, for=10.0.0.1;host=a", word);
        t = read_forwarded(list);
        cr_expect(is(t.client, "10.0.0.1") && is(t.host, "a"), "%s: %s", list, t.client);
    }
}

static void tells_client(const char *words, const char *client)
{
    struct slice rest = slice_of(words);
    char word[TEXT];

    while (next(&rest, word))
        cr_expect(is(read_forwarded(word).client, client), "%s", word);
}

/* Forms that RFC 7239 and 9110 (5.6.1.2, 5.6.4) allow and few proxies write. */
Test(forwarded, reads_rare_forms)
{
    tells_client("for=\"192.0.2.1:_p.1\"|for=192.0.2.1, for=\"[fd00::1]:_p\"", "192.0.2.1");
    tells_client("for=192.0.2.1, |for=192.0.2.1, for=10.0.0.1, , ", "192.0.2.1");
    tells_client("for=\"192\\.0.2.\\1\"", "192.0.2.1");
}

/* A parameter MUST NOT occur twice (RFC 7239, 4), as it would be ambiguous. */
Test(forwarded, refuses_a_parameter_twice)
{
    tells_client("for=6.6.6.6;for=1.2.3.4|for=1.2.3.4;FOR=6.6.6.6|for=1.2.3.4;x=y;for=1.2.3.4", "");
}

/* A trusted proxy that did not name its client has not vouched for what is left of it. */
Test(forwarded, stops_where_nobody_is_named)
{
    static const char *const rows[] = {
        "for=6.6.6.6;host=evil, by=_p",
        "for=6.6.6.6;host=evil, proto=https;by=_p",
        "for=6.6.6.6;host=evil, by=_p, for=10.0.0.1",
        "for=6.6.6.6;host=evil, x=y, for=10.0.0.1",
        "for=6.6.6.6;host=evil, proto=https, for=10.0.0.1;host=a",
    };
    struct told t = read_forwarded("for=6.6.6.6;proto=http, proto=https;host=a");

    cr_expect(is(t.proto, "https") && is(t.host, "a"), "our peer said so: %s %s", t.proto, t.host);
    for (size_t i = 0; i < COUNT(rows); i++) {
        t = read_forwarded(rows[i]);
        cr_expect(!is(t.client, "6.6.6.6") && !is(t.host, "evil"), "%s: %s", rows[i], t.client);
    }
}

/* The client's part is at the left: it can neither hide nor change what proxies added. */
Test(forwarded, lets_no_client_meddle)
{
    static const char marks[] = "\"\"\\,;==for66..:_ []x";
    uint32_t seed = 20140601;
    char junk[16], text[TEXT];

    for (int i = 0; i < 50000; i++) {
        struct told t;
        size_t len = 1 + (seed >> 20) % (sizeof(junk) - 1);

        for (size_t at = 0; at < len; at++)
            junk[at] = marks[((seed = seed * 1664525 + 1013904223) >> 16) % (sizeof(marks) - 1)];
        snprintf(text, sizeof(text), "%.*s, 192.0.2.1, 10.0.0.1", (int)len, junk);
        t = read_x(text, NULL, NULL, NULL);
        cr_assert(is(t.client, "192.0.2.1"), "%s: %s", text, t.client);
        snprintf(text, sizeof(text), "%.*s, for=\"[2001:db8::1]:1\";host=\"a\"%s", (int)len, junk,
                 i % 2 ? ", for=10.0.0.1;host=b" : "");
        t = read_forwarded(text);
        cr_assert(is(t.client, "2001:db8::1") && is(t.host, "a"), "%s: %s", text, t.client);
    }
}

/* A proxy that writes X-Forwarded-* passes a client's Forwarded on unchanged. */
Test(forwarded, believes_one_kind)
{
    static const char evil[] = "for=6.6.6.6;proto=http;host=evil";
    static const char *const rows[][2] = {
        {"192.0.2.1", NULL}, {"192.0.2.1", "https"}, {NULL, "https"}};

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct told t = read_slices(
            (struct slice[]){slice_of(evil), slice_of(rows[i][0]), slice_of(rows[i][1]), {0}, {0}});

        cr_expect(is(t.client, rows[i][0] ? rows[i][0] : ""), "row %zu: %s", i, t.client);
        cr_expect(is(t.proto, rows[i][1] ? rows[i][1] : "") && is(t.host, ""), "row %zu", i);
    }
}
