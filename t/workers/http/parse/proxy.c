/* SPDX-License-Identifier: MIT */
/*
 * Valid and invalid headers of the PROXY protocol. Each row is fed whole, in two pieces cut at
 * every byte, and byte by byte.
 */
#include "workers/http/parse/proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <criterion/criterion.h>

#include "lib/core/slice.h"

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define V4 "c0000201 c6336402 dc04 01bb "
#define V6 "20010db8 00*11 01 20010db8 00*11 02 dc04 01bb "
#define UN "2f61 00*106 2f62 00*106 "

static const char http[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

struct bytes {
    size_t len;
    unsigned char data[1024];
};

/* Returns the signature followed by `text`: hexadecimal, where "00*5" repeats. */
static struct bytes v2(const char *text)
{
    struct bytes b = {12, "\r\n\r\n\0\r\nQUIT\n"};

    for (; *text; text += strspn(text, " ")) {
        unsigned byte, times = 1;
        int n = 0;

        cr_assert(sscanf(text, "%2x%n", &byte, &n) == 1 && n == 2, "%s", text);
        text += n;
        if (sscanf(text, "*%u%n", &times, &n) == 1)
            text += n;
        memset(b.data + b.len, (int)byte, times);
        b.len += times;
    }
    return b;
}

static void append(struct bytes *b, const void *data, size_t len)
{
    cr_assert(b->len + len <= sizeof(b->data));
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

/* Feeds an exact-size copy, so that a sanitizer finds an overrun. */
static size_t feed(struct proxy *p, const unsigned char *data, size_t len)
{
    unsigned char *piece = malloc(len + !len);
    size_t n;

    memcpy(piece, data, len);
    n = proxy_feed(p, piece, len);
    if (n > len || (p->state == PROXY_MORE && n != len))
        cr_expect(false, "took %zu of %zu, state %d", n, len, (int)p->state);
    free(piece);
    return n;
}

static const char *peer_text(const struct proxy *p, char *out, size_t size)
{
    const struct sockaddr_in *v4 = (const void *)&p->peer;
    const struct sockaddr_in6 *v6 = (const void *)&p->peer;
    char text[INET6_ADDRSTRLEN];

    if (!p->has_peer)
        return "";
    if (p->peer.ss_family == AF_INET) {
        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof(text));
        snprintf(out, size, "%s %u", text, ntohs(v4->sin_port));
        return out;
    }
    if (p->peer.ss_family == AF_INET6) {
        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof(text));
        snprintf(out, size, "%s %u", text, ntohs(v6->sin6_port));
        return v6->sin6_flowinfo || v6->sin6_scope_id ? "scope" : out;
    }
    return p->peer.ss_family == AF_UNIX ? "unix" : "family";
}

/* Returns whether the result is as expected. `peer` NULL: to be refused. */
static bool is_right(struct proxy *p, size_t used, size_t header, const char *peer)
{
    char text[80];

    if (feed(p, (const unsigned char *)http, sizeof(http) - 1) != 0)
        return false;
    if (!peer)
        return p->state == PROXY_BAD;
    return p->state == PROXY_DONE && used == header &&
           strcmp(peer_text(p, text, sizeof(text)), peer) == 0;
}

/* Returns the cut at which the result is wrong, or -1. Past b->len: byte by byte. */
static ssize_t wrong_at(enum proxy_mode mode, const struct bytes *b, size_t header,
                        const char *peer)
{
    struct proxy p;
    size_t used = 0;

    for (size_t cut = 0; cut <= b->len; cut++) {
        memset(&p, 0xa5, sizeof(p));
        proxy_init(&p, mode);
        used = feed(&p, b->data, cut);
        used += feed(&p, b->data + cut, b->len - cut);
        if (!is_right(&p, used, header, peer))
            return (ssize_t)cut;
    }
    memset(&p, 0xa5, sizeof(p));
    proxy_init(&p, mode);
    used = 0;
    for (size_t at = 0; at < b->len; at++)
        used += feed(&p, b->data + at, 1);
    return is_right(&p, used, header, peer) ? -1 : (ssize_t)b->len + 1;
}

/* Expects both modes that allow the version to accept it; the HTTP that follows is not touched. */
static void takes(struct bytes b, enum proxy_mode mode, const char *name, const char *peer)
{
    size_t header = b.len;
    ssize_t cut;

    append(&b, http, sizeof(http) - 1);
    cut = wrong_at(mode, &b, header, peer);
    cr_expect(cut < 0, "%s cut at %zd", name, cut);
    cut = wrong_at(PROXY_ANY, &b, header, peer);
    cr_expect(cut < 0, "%s cut at %zd, any version", name, cut);
}

static void refuses(struct bytes b, enum proxy_mode mode, const char *name)
{
    ssize_t cut = wrong_at(mode, &b, 0, NULL);

    cr_expect(cut < 0, "%s cut at %zd", name, cut);
    cut = wrong_at(PROXY_ANY, &b, 0, NULL);
    cr_expect(cut < 0, "%s cut at %zd, any version", name, cut);
}

static struct bytes v1(const char *text)
{
    struct bytes b = {0};

    append(&b, text, strlen(text));
    return b;
}

Test(proxy, takes_lines)
{
    static const char full[] = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    static const struct {
        const char *text, *peer;
    } rows[] = {
        {"TCP4 192.168.0.1 192.168.0.11 56324 443", "192.168.0.1 56324"},
        {"TCP4 0.0.0.0 0.0.0.0 0 0", "0.0.0.0 0"},
        {"TCP4 255.255.255.255 255.255.255.255 65535 65535", "255.255.255.255 65535"},
        {"TCP4 1.2.3.4 10.20.30.40 1 65535", "1.2.3.4 1"},
        {"TCP6 2001:db8::1 2001:db8::2 56324 443", "2001:db8::1 56324"},
        {"TCP6 2001:DB8::ABCD ::1 10 9", "2001:db8::abcd 10"},
        {"TCP6 :: :: 0 0", ":: 0"},
        {"TCP6 1:2:3:4:5:6:7:8 8:7:6:5:4:3:2:1 1 2", "1:2:3:4:5:6:7:8 1"},
        {"TCP6 2001:0db8:0000:0000:0000:0000:0000:0001 fe80:: 99 1", "2001:db8::1 99"},
        {"UNKNOWN", ""},
        {"UNKNOWN ", ""},
        {"UNKNOWN 1.2.3.4 5.6.7.8 1 2", ""},
        {"UNKNOWN ::1 ::2 1 2", ""},
        {"UNKNOWN  junk\t\x01\xff: PROXY TCP4 1.2.3.4 5.6.7.8 1 2", ""},
    };
    char text[160], peer[80];

    for (size_t i = 0; i < COUNT(rows); i++) {
        snprintf(text, sizeof(text), "PROXY %s\r\n", rows[i].text);
        takes(v1(text), PROXY_V1, rows[i].text, rows[i].peer);
    }
    snprintf(peer, sizeof(peer), "%s 65535", full);
    snprintf(text, sizeof(text), "PROXY TCP6 %s %s 65535 65535\r\n", full, full);
    takes(v1(text), PROXY_V1, "the longest TCP6", peer);
    snprintf(text, sizeof(text), "PROXY UNKNOWN %s %s 65535 65535\r\n", full, full);
    takes(v1(text), PROXY_V1, "the longest", "");
}

/* Expects a refusal for each of `words`, separated by `sep`, in place of the %s in `format`. */
static void refuses_each(const char *format, const char *words, char sep)
{
    struct slice rest = slice_of(words);
    char text[160];

    while (rest.len) {
        struct slice word = slice_cut(&rest, sep);
        struct bytes b = {(size_t)snprintf(text, sizeof(text), format, (int)word.len, word.data),
                          {0}};

        memcpy(b.data, text, b.len);
        /* A line that does not end is refused once it exceeds the longest line. */
        while (b.len < 108 && (b.len < 2 || memcmp(b.data + b.len - 2, "\r\n", 2) != 0))
            b.data[b.len++] = 'x';
        refuses(b, PROXY_V1, text);
    }
}

Test(proxy, refuses_lines_of_another_form)
{
    refuses_each("PROXY TCP4 1.2.3.4 5.6.7.8 1 2%.*s",
                 "\n|\rG|\r\r\n|\n\r\n| \r\n| 3\r\n|x\r\n|\t\r\n|\r \n|\r|\v\r\n|,\r\n", '|');
    refuses_each("%.*sPROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", " |\r\n|\n|\r|X|PROXY |\xef\xbb\xbf",
                 '|');
    refuses_each("PROXY %.*s 1.2.3.4 5.6.7.8 1 2\r\n",
                 "TCP|TCP5|TCP44|TCP4,|UDP4|UNIX|STREAM|tcp4|Tcp4|unknown|Unknown|UNKNOW|4|TCP6",
                 '|');
    refuses_each("PROXY %.*s ::1 ::2 1 2\r\n", "TCP|TCP4|TCP66|UDP6|tcp6|TCp6|unknown|6", '|');
    refuses_each("%.*s\r\n", "PROXY|PROXY |GET / HTTP/1.1|PROXY / HTTP/1.1|PROXY unknown|PROX",
                 '|');
    refuses_each("PROXY UNKNOWN%.*s", "\n|\r|\r\r|", '|');
}

/* At every byte: cut off there, changed or removed, and with a NUL or a space after it. */
Test(proxy, refuses_lines_that_are_one_byte_off)
{
    static const char line[] = "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n";
    size_t len = sizeof(line) - 1;

    for (size_t at = 1; at < len - 2; at++) {
        struct bytes b = v1(line), cut = {0};

        append(&cut, line, at);
        append(&cut, "\r\n", 2);
        refuses(cut, PROXY_V1, "cut off");
        b.data[at] ^= line[at] == ' ' ? ' ' ^ '\t' : ' ';
        refuses(b, PROXY_V1, "another byte");
        b.data[at] = 0;
        refuses(b, PROXY_V1, "NUL");
        for (size_t more = 0; more < 3; more++) {
            b.len = 0;
            append(&b, line, at + (more > 0));
            append(&b, more == 1 ? "\0" : " ", more > 0);
            append(&b, line + at + 1, len - at - 1);
            refuses(b, PROXY_V1, more ? "a byte more" : "a byte less");
        }
    }
}

Test(proxy, refuses_addresses_and_ports)
{
    static const char v4[] =
        "1.2.3 1.2.3.4.5 256.2.3.4 1.2.3.256 01.2.3.4 1.2.3.00 1.2.03.4 001.2.3.4 1..3.4 .1.2.3.4 "
        "1.2.3.4. -1.2.3.4 +1.2.3.4 0x1.2.3.4 127.1 16909060 localhost 1.2.3.4/8 1.2.3.4:1 1.2.3.x "
        "1.2.3.4294967300 [1.2.3.4] 1,2,3,4 ::1 ::ffff:1.2.3.4 * -";
    static const char v6[] =
        "1.2.3.4 1::2::3 ::: :::: : 12345:: 00001:: 1:2:3:4:5:6:7 1:2:3:4:5:6:7: :2:3:4:5:6:7:8 "
        "g:: "
        "1:2:3:4:5:6:7:8:9 1:2:3:4:5:6:7:8:: [::1] fe80::1%lo fe80::1%1 ::1% ::1/64 -1:: 0x1:: 1";
    static const char ports[] = "65536 99999 100000 00 01 080 00000 000443 -1 +1 -0 0x1 1. http "
                                "4294967297 18446744073709551617 1:2 ff";

    refuses_each("PROXY TCP4 %.*s 5.6.7.8 1 2\r\n", v4, ' ');
    refuses_each("PROXY TCP4 5.6.7.8 %.*s 1 2\r\n", v4, ' ');
    refuses_each("PROXY TCP6 %.*s ::2 1 2\r\n", v6, ' ');
    refuses_each("PROXY TCP6 ::2 %.*s 1 2\r\n", v6, ' ');
    refuses_each("PROXY TCP4 1.2.3.4 5.6.7.8 %.*s 2\r\n", ports, ' ');
    refuses_each("PROXY TCP4 1.2.3.4 5.6.7.8 2 %.*s\r\n", ports, ' ');
    refuses_each("PROXY TCP6 ::1 ::2 %.*s 2\r\n", ports, ' ');
    refuses_each("PROXY TCP6 ::1 ::2 2 %.*s\r\n", ports, ' ');
}

Test(proxy, takes_binary_headers)
{
    static const struct {
        const char *hex, *peer;
    } rows[] = {
        {"21 11 000c" V4, "192.0.2.1 56324"},
        {"21 11 000c 00*12", "0.0.0.0 0"},
        {"21 11 000c ff*12", "255.255.255.255 65535"},
        {"21 21 0024" V6, "2001:db8::1 56324"},
        {"21 21 0024 ff*36", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535"},
        {"21 31 00d8" UN, "unix"},
        {"21 31 00d8 2f*216", "unix"}, /* no terminator */
        {"21 31 00d8 00*216", "unix"}, /* unnamed */
        {"20 00 0000", ""},
        {"20 11 0000", ""},
        {"20 11 000c" V4, ""},
        {"20 11 0003 010203", ""},
        {"20 21 0024" V6, ""},
        {"20 31 00d8" UN, ""},
        {"20 ff 0000", ""},
        {"20 00 0007 03 0004 a9b87e8f", ""},
        {"21 00 0000", ""},
        {"21 00 0003 04 0000", ""},
        {"21 11 000f" V4 "04 0000", "192.0.2.1 56324"},
        {"21 11 0013" V4 "04 0004 ff*4", "192.0.2.1 56324"},
        {"21 11 0015" V4 "04 0000 04 0003 00*3", "192.0.2.1 56324"},
        {"21 11 0019" V4 "01 0002 6832 e0 0001 00 ff 0001 ff", "192.0.2.1 56324"},
        {"21 11 0117" V4 "20 0108 ff*264", "192.0.2.1 56324"}, /* TLVs of SSL too are skipped */
        {"21 21 0027" V6 "30 0000", "2001:db8::1 56324"},
        {"21 31 00dc" UN "02 0001 61", "unix"},
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        takes(v2(rows[i].hex), PROXY_V2, rows[i].hex, rows[i].peer);
}

Test(proxy, refuses_other_versions_commands_and_families)
{
    char text[400];

    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned family = byte >> 4, transport = byte & 15;

        snprintf(text, sizeof(text), "%02x 11 000c" V4, byte);
        if (byte != 0x20 && byte != 0x21)
            refuses(v2(text), PROXY_V2, text);
        snprintf(text, sizeof(text), "21 %02x 00d8" UN, byte);
        if (family > 3 || transport > 2)
            refuses(v2(text), PROXY_V2, text);
        snprintf(text, sizeof(text), "20 %02x 0005 ff*5", byte);
        takes(v2(text), PROXY_V2, text, "");
    }
}

Test(proxy, refuses_too_few_bytes_for_the_family)
{
    static const struct {
        const char *family;
        unsigned len;
    } rows[] = {{"11", 12}, {"12", 12}, {"21", 36}, {"22", 36}, {"31", 216}, {"32", 216}};
    char text[64];

    for (size_t i = 0; i < COUNT(rows); i++)
        for (unsigned len = 0; len < rows[i].len; len++) {
            snprintf(text, sizeof(text), "21 %s %04x 00*%u", rows[i].family, len, len);
            if (len == 0)
                text[10] = 0;
            refuses(v2(text), PROXY_V2, text);
        }
}

Test(proxy, refuses_broken_tlvs)
{
    static const char *const rows[] = {
        "21 11 000d" V4 "04",           "21 11 000e" V4 "04 00",
        "21 11 000f" V4 "04 0001",      "21 11 0010" V4 "04 0002 00",
        "21 11 000f" V4 "04 ffff",      "21 11 000f" V4 "01 0100",
        "21 11 0010" V4 "04 0000 04",   "21 11 0013" V4 "01 0000 01 0002 00",
        "21 11 0012" V4 "03 0004 00*3", "21 21 0025" V6 "00",
        "21 31 00d9" UN "00",
    };

    for (size_t i = 0; i < COUNT(rows); i++)
        refuses(v2(rows[i]), PROXY_V2, rows[i]);
}

/*
 * Points that the specification leaves to the receiver. Datagrams: it may serve them, or fall back
 * to UNSPEC (2.2: "automatically"); UNSPEC with PROXY it may accept with the real peer, or reject.
 * So both refusing and accepting are right here, but a partly unspecified address must never be
 * believed.
 */
Test(proxy, believes_no_unspecified_address)
{
    static const struct {
        const char *hex, *peer;
    } rows[] = {
        {"21 12 000c" V4, "192.0.2.1 56324"},
        {"21 22 0024" V6, "2001:db8::1 56324"},
        {"21 32 00d8" UN, "unix"},
        {"21 01 000c" V4, ""},
        {"21 02 000c" V4, ""},
        {"21 10 000c" V4, ""},
        {"21 20 0024" V6, ""},
        {"21 30 00d8" UN, ""},
        {"21 00 000c" V4, ""},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bytes b = v2(rows[i].hex);

        cr_expect(wrong_at(PROXY_V2, &b, 0, NULL) < 0 || wrong_at(PROXY_V2, &b, b.len, "") < 0 ||
                      wrong_at(PROXY_V2, &b, b.len, rows[i].peer) < 0,
                  "%s", rows[i].hex);
    }
}
