/* SPDX-License-Identifier: MIT */
#include "workers/http/parse/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define H "\r\nHost: a\r\n\r\n"

/* Parses an exact-size copy, so that a sanitizer finds an overrun. */
static int parse(const char *text, size_t len, size_t limit, struct head *out, char **copy)
{
    int n;

    *copy = malloc(len + !len);
    memcpy(*copy, text, len);
    n = head_parse(*copy, len, limit, out);
    return n;
}

static enum err err_of(const char *text)
{
    struct head head;
    char *copy;
    int n = parse(text, strlen(text), 16384, &head, &copy);

    cr_expect(n > 0, "%.60s: incomplete", text);
    cr_expect(n < 0 || !head.err || n == (int)strlen(text), "%.60s: %d", text, n);
    free(copy);
    return n < 0 ? ERR_COUNT : head.err;
}

Test(head, reads_a_request)
{
    static const char text[] = "POST /a/b?c=%20 HTTP/1.1\r\nHost: example.org:80\r\nX-Empty:\r\n"
                               "X-Wide: \t a\tb \xc3\xa4 \t\r\nContent-Length: 3\r\n\r\nabcGET";
    struct head head;
    char *copy;
    int n = parse(text, sizeof(text) - 1, 16384, &head, &copy);

    cr_assert(n == (int)sizeof(text) - 1 - 6 && head.err == OK, "%d %s", n, err_name(head.err));
    cr_expect(slice_is(head.method, "POST") && slice_is(head.target, "/a/b?c=%20"));
    cr_expect(head.minor_version == 1 && head.field_count == 4);
    cr_expect(slice_is(head.fields[0].name, "Host") &&
              slice_is(head.fields[0].value, "example.org:80"));
    cr_expect(slice_is(head.fields[1].value, ""));
    cr_expect(slice_is(head.fields[2].value, "a\tb \xc3\xa4"));
    free(copy);
}

Test(head, waits_at_every_byte)
{
    static const char *const rows[] = {
        "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
        "\r\n\r\nGET http://a?b HTTP/1.0\r\nx:y\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost:\r\nTransfer-Encoding: chunked\r\n\r\n"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t len = strlen(rows[i]);

        for (size_t cut = 0; cut <= len; cut++) {
            struct head head;
            char *copy;
            int n = parse(rows[i], cut, 16384, &head, &copy);

            cr_expect(n == (cut < len ? HEAD_INCOMPLETE : (int)len), "%s at %zu: %d", rows[i], cut,
                      n);
            cr_expect(cut < len || head.err == OK);
            free(copy);
        }
    }
}

Test(head, accepts)
{
    static const char *const rows[] = {
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1" H,
        "\r\nGET / HTTP/1.1" H,
        "OPTIONS * HTTP/1.1" H,
        "M-SEARCH / HTTP/1.1" H,
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "GET //a/../b;c=d HTTP/1.1" H,
        "GET / HTTP/1.1\r\nhOST: a\r\nCONTENT-length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 \r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
        "GET / HTTP/1.0\r\nContent-Length: 999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\n!#$%&'*+-.^_`|~09az: x\r\nHost: a\r\n\r\n",
        "GET HTTPS://a/ HTTP/1.1" H,
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(err_of(rows[i]) == OK, "%s: %s", rows[i], err_name(err_of(rows[i])));
}

Test(head, refuses_malformed_requests)
{
    static const struct {
        const char *text;
        enum err err;
    } rows[] = {
        {"GET / HTTP/1.1\nHost: a\n\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\n\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\n\rx", ERR_BAD_REQUEST},
        {"\nGET / HTTP/1.1" H, ERR_BAD_REQUEST},
        {" GET / HTTP/1.1" H, ERR_BAD_REQUEST},
        {"GET  / HTTP/1.1" H, ERR_BAD_TARGET},
        {"GET /  HTTP/1.1" H, ERR_BAD_REQUEST},
        {"GET\t/ HTTP/1.1" H, ERR_BAD_REQUEST},
        {"GET /\r\n\r\n", ERR_BAD_REQUEST},
        {"GE(T / HTTP/1.1" H, ERR_BAD_REQUEST},
        {"GET / HTTP/1.1 " H, ERR_BAD_REQUEST},
        {"GET / http/1.1" H, ERR_BAD_REQUEST},
        {"GET / HTTP/1.10" H, ERR_BAD_REQUEST},
        {"GET / HTTP/1,1" H, ERR_BAD_REQUEST},
        {"GET / HTTP/2.0" H, ERR_HTTP_VERSION},
        {"GET / HTTP/0.9" H, ERR_HTTP_VERSION},
        {"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\nX\xc3\xa4: b\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n", ERR_BAD_REQUEST},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f\r\n\r\n", ERR_BAD_REQUEST},
        {"GET /\x7f HTTP/1.1" H, ERR_BAD_REQUEST},
        {"GET /\xc3\xa4 HTTP/1.1" H, ERR_BAD_REQUEST},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG / HTTP/1.1" H, ERR_UNKNOWN_METHOD},
        {"ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFG", ERR_UNKNOWN_METHOD},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(err_of(rows[i].text) == rows[i].err, "%s: %s", rows[i].text,
                  err_name(err_of(rows[i].text)));
}

Test(head, refuses_bytes_of_nul)
{
    static const struct {
        const char *text;
        size_t len;
    } rows[] = {{"GET /\0 HTTP/1.1" H, 29},
                {"GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", 28},
                {"G\0T / HTTP/1.1" H, 27},
                {"GET / HTTP/1.1\r\nHost\0: a\r\n\r\n", 28}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct head head;
        char *copy;
        int n = parse(rows[i].text, rows[i].len, 16384, &head, &copy);

        cr_expect(n == (int)rows[i].len && head.err != OK, "row %zu", i);
        free(copy);
    }
}

Test(head, refuses_ambiguous_framing)
{
    static const struct {
        const char *fields;
        enum err err;
    } rows[] = {
        {"Content-Length: 1\r\nTransfer-Encoding: chunked", ERR_BAD_REQUEST},
        {"Content-Length: 1\r\nContent-Length: 1", ERR_BAD_REQUEST},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", ERR_BAD_REQUEST},
        {"Content-Length: 1, 1", ERR_BAD_REQUEST},
        {"Content-Length: +1", ERR_BAD_REQUEST},
        {"Content-Length: -1", ERR_BAD_REQUEST},
        {"Content-Length: 0x1", ERR_BAD_REQUEST},
        {"Content-Length: 1a", ERR_BAD_REQUEST},
        {"Content-Length:", ERR_BAD_REQUEST},
        {"Content-Length: 18446744073709551617", ERR_BAD_REQUEST},
        {"Transfer-Encoding: gzip, chunked", ERR_TRANSFER_CODING},
        {"Transfer-Encoding: chunked, chunked", ERR_TRANSFER_CODING},
        {"Transfer-Encoding: identity", ERR_TRANSFER_CODING},
        {"Transfer-Encoding:", ERR_TRANSFER_CODING},
        {"Transfer-Encoding: chunked;a=b", ERR_TRANSFER_CODING},
        {"Host: b", ERR_BAD_REQUEST},
        {"HOST: a", ERR_BAD_REQUEST},
    };
    char text[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(text, sizeof(text), "POST / HTTP/1.1\r\nHost: a\r\n%s\r\n\r\n", rows[i].fields);
        cr_expect(err_of(text) == rows[i].err, "%s: %s", rows[i].fields, err_name(err_of(text)));
    }
    cr_expect(err_of("GET / HTTP/1.1\r\n\r\n") == ERR_BAD_REQUEST, "no Host");
    cr_expect(err_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == ERR_BAD_REQUEST);
}

static void parse_with(const char *version, const char *fields, struct head *head)
{
    char text[512], *copy;

    snprintf(text, sizeof(text), "POST / HTTP/%s\r\nHost: a\r\n%s\r\n", version, fields);
    cr_expect(parse(text, strlen(text), 16384, head, &copy) == (int)strlen(text) && !head->err,
              "%s: %s", fields, err_name(head->err));
    free(copy);
}

Test(head, finds_how_the_body_ends)
{
    static const struct {
        const char *fields;
        enum framing framing;
        uint64_t length;
        int index;
    } rows[] = {
        {"", FRAMING_NONE, 0, -1},
        {"Content-Length: 0\r\n", FRAMING_NONE, 0, 1},
        {"Content-Length: 000\r\n", FRAMING_NONE, 0, 1},
        {"Content-Length: 12\r\n", FRAMING_LENGTH, 12, 1},
        {"X: y\r\ncontent-length: 007\r\n", FRAMING_LENGTH, 7, 2},
        {"Content-Length: 999999999999999999\r\n", FRAMING_LENGTH, 999999999999999999, 1},
        {"Transfer-Encoding: chunked\r\n", FRAMING_CHUNKED, 0, 1},
        {"Content-Lengt: 3\r\nContent-Lengths: 3\r\nX-Content-Len: 3\r\n", FRAMING_NONE, 0, -1},
    };
    static struct head head;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        parse_with("1.1", rows[i].fields, &head);
        cr_expect(head.framing == rows[i].framing && head.framing_field == rows[i].index &&
                      (head.framing != FRAMING_LENGTH || head.content_length == rows[i].length),
                  "%s: %d, %lu, %d", rows[i].fields, (int)head.framing,
                  (unsigned long)head.content_length, head.framing_field);
    }
}

Test(head, finds_what_becomes_of_the_connection)
{
    static const struct {
        const char *version, *fields;
        bool is_persistent;
    } rows[] = {
        {"1.1", "", true},
        {"1.1", "Connection: keep-alive\r\n", true},
        {"1.1", "Connection: close\r\n", false},
        {"1.1", "Connection: CLOSE\r\n", false},
        {"1.1", "Connection: close, keep-alive\r\n", false},
        {"1.1", "Connection: keep-alive ,\tclose\r\n", false},
        {"1.1", "Connection: te,,close\r\n", false},
        {"1.1", "Connection: close\r\nConnection: keep-alive\r\n", false},
        {"1.1", "Connection: closed, xclose\r\n", true},
        {"1.1", "Connection:\r\n", true},
        {"1.1", "Keep-Alive: close\r\nXonnection: close\r\nConnectio: close\r\n", true},
        {"1.0", "", false},
        {"1.0", "Connection: te\r\n", false},
        {"1.0", "Connection: Keep-Alive\r\n", true},
        {"1.0", "Connection: te\r\nConnection: keep-alive\r\n", true},
        {"1.0", "Connection: keep-alive, close\r\n", false},
    };
    static struct head head;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        parse_with(rows[i].version, rows[i].fields, &head);
        cr_expect(head.is_persistent == rows[i].is_persistent, "%s %s", rows[i].version,
                  rows[i].fields);
    }
}

Test(head, finds_what_is_expected)
{
    static const struct {
        const char *version, *fields;
        enum expectation expectation;
    } rows[] = {
        {"1.1", "", EXPECT_NOTHING},
        {"1.1", "Expect: 100-continue\r\n", EXPECT_CONTINUE},
        {"1.1", "expect: 100-Continue\r\n", EXPECT_CONTINUE},
        {"1.1", "Expect: tea\r\n", EXPECT_UNKNOWN},
        {"1.1", "Expect: 100-continue, tea\r\n", EXPECT_UNKNOWN},
        {"1.1", "Expect: tea\r\nExpect: 100-continue\r\n", EXPECT_UNKNOWN},
        {"1.1", "Accept: 100-continue\r\nExpec: tea\r\nExpects: tea\r\n", EXPECT_NOTHING},
        {"1.0", "Expect: 100-continue\r\n", EXPECT_NOTHING},
    };
    static struct head head;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        parse_with(rows[i].version, rows[i].fields, &head);
        cr_expect(head.expectation == rows[i].expectation, "%s %s: %d", rows[i].version,
                  rows[i].fields, (int)head.expectation);
    }
}
