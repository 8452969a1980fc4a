/* SPDX-License-Identifier: MIT */
#include "workers/http/parse/chunked.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* Feeds one piece of exact size, and appends the decoded bytes to *out. */
static ssize_t feed(struct chunked *c, const char *text, size_t len, char *out, size_t *out_len,
                    char *rest)
{
    char *piece = malloc(len + !len);
    size_t size = len;
    ssize_t result;

    memcpy(piece, text, len);
    result = chunked_decode(c, piece, &size);
    cr_expect(size <= len);
    memcpy(out + *out_len, piece, size);
    *out_len += size;
    if (result > 0)
        memcpy(rest, piece + size, (size_t)result);
    free(piece);
    return result;
}

static const struct {
    const char *text, *body, *rest;
} good[] = {
    {"0\r\n\r\n", "", ""},
    {"0\r\n\r\nGET / HTTP/1.1\r\n", "", "GET / HTTP/1.1\r\n"},
    {"3\r\nabc\r\n0\r\n\r\n", "abc", ""},
    {"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nX", "abcde", "X"},
    {"00a\r\n0123456789\r\nA\r\n\r\n\r\n\r\n\r\n\r\n\r\n000\r\n\r\n",
     "0123456789\r\n\r\n\r\n\r\n\r\n", ""},
    {"1;a\r\nx\r\n1;a=b;c\r\ny\r\n0;d=\"q\\\" ;\"\r\n\r\nrest", "xy", "rest"},
    {"1\r\nx\r\n0\r\nTrailer: v\r\nContent-Length: 9\r\n\r\nrest", "x", "rest"},
    {"1\r\n0\r\n0\r\n\r\n", "0", ""},
    {"000000000000002\r\nab\r\n0\r\n\r\n", "ab", ""},
};

Test(chunked, decodes_at_every_split)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        size_t len = strlen(good[i].text), whole = len - strlen(good[i].rest);

        for (size_t a = 0; a <= whole; a++) {
            struct chunked c = {0};
            char out[128], rest[128] = "";
            size_t n = 0;
            ssize_t result = feed(&c, good[i].text, a, out, &n, rest);

            cr_expect(result == (a < whole ? CHUNKED_INCOMPLETE : 0), "row %zu at %zu", i, a);
            if (a < whole)
                result = feed(&c, good[i].text + a, len - a, out, &n, rest);
            cr_expect(a == whole || result == (ssize_t)strlen(good[i].rest), "row %zu at %zu: %zd",
                      i, a, result);
            cr_expect(n == strlen(good[i].body) && memcmp(out, good[i].body, n) == 0,
                      "row %zu at %zu", i, a);
            cr_expect(a == whole || memcmp(rest, good[i].rest, strlen(good[i].rest)) == 0);
        }
    }
}

Test(chunked, decodes_byte_by_byte)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        size_t whole = strlen(good[i].text) - strlen(good[i].rest), n = 0;
        struct chunked c = {0};
        char out[128], rest[128];

        for (size_t at = 0; at < whole; at++)
            cr_expect(feed(&c, good[i].text + at, 1, out, &n, rest) ==
                          (at + 1 < whole ? CHUNKED_INCOMPLETE : 0),
                      "row %zu at %zu", i, at);
        cr_expect(n == strlen(good[i].body) && memcmp(out, good[i].body, n) == 0);
    }
}

static const char *const bad[] = {
    "\r\n",
    "g\r\n",
    " 1\r\nx\r\n",
    "1 \r\nx\r\n",
    "1 junk\r\nx\r\n",
    "0x1\r\nx\r\n",
    "+1\r\nx\r\n",
    "-1\r\nx\r\n",
    "1\nx\r\n",
    "1\r\nx\n",
    "1\r\nxy\r\n",
    "1\r\nx\r\r\n",
    "1\r\nx0\r\n\r\n",
    "1\rx\r\n",
    "\n1\r\nx\r\n",
    "1\r\nx\r\n\r\n",
    "1;\r\nx\r\n",
    "1;=b\r\nx\r\n",
    "1;a=\r\nx\r\n",
    "1;a b\r\nx\r\n",
    "1;a=\"b\r\nx\r\n",
    "1;a=\"b\"c\r\nx\r\n",
    "1;a=\"\\\x01\"\r\nx\r\n",
    "1;a\nx\r\n",
    "1;a=b\x7f\r\nx\r\n",
    "1;\xc3\xa4\r\nx\r\n",
    "10000000000000000\r\nx",
    "FFFFFFFFFFFFFFFFF\r\nx",
    "0\r\nX: y\n\r\n",
    "0\r\nX: y\x01\r\n\r\n",
    "0\r\n X: y\r\n\r\n",
    "0\r\n: y\r\n\r\n",
    "0\r\n\n",
    "0\r\n\rx",
    "0\r\nX: y\rz\r\n\r\n",
};

Test(chunked, refuses_malformed_messages)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct chunked c = {0};
        char out[128], rest[128];
        size_t n = 0, len = strlen(bad[i]);
        ssize_t result = feed(&c, bad[i], len, out, &n, rest);

        cr_expect(result == CHUNKED_BAD, "row %zu: %zd", i, result);
        cr_expect(feed(&c, "0\r\n\r\n", 5, out, &n, rest) == CHUNKED_BAD, "row %zu recovers", i);
        c = (struct chunked){0};
        result = CHUNKED_INCOMPLETE;
        n = 0;
        for (size_t at = 0; at < len && result == CHUNKED_INCOMPLETE; at++)
            result = feed(&c, bad[i] + at, 1, out, &n, rest);
        cr_expect(result == CHUNKED_BAD, "row %zu byte by byte", i);
    }
}

Test(chunked, refuses_a_trailer_that_is_no_field)
{
    static const char *const rows[] = {"0\r\nnocolon\r\n\r\n", "0\r\nX : y\r\n\r\n",
                                       "0\r\na b\r\n\r\n"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct chunked c = {0};
        char out[64], rest[64];
        size_t n = 0;

        cr_expect(feed(&c, rows[i], strlen(rows[i]), out, &n, rest) == CHUNKED_BAD, "%s", rows[i]);
    }
}

Test(chunked, bounds_extensions)
{
    char text[600] = "1;";
    char out[600], rest[600];
    struct chunked c = {0};
    size_t n = 0;

    memset(text + 2, 'a', 400);
    strcpy(text + 402, "\r\nx\r\n0\r\n\r\n");
    cr_expect(feed(&c, text, strlen(text), out, &n, rest) == CHUNKED_BAD);
    c = (struct chunked){0};
    n = 0;
    memset(text + 2, 'a', 200);
    strcpy(text + 202, "\r\nx\r\n1;");
    memset(text + strlen(text), 'b', 200);
    strcpy(text + 409, "\r\ny\r\n0\r\n\r\n");
    cr_expect(feed(&c, text, strlen(text), out, &n, rest) == 0, "the bound is one chunk's");
    cr_expect(n == 2 && memcmp(out, "xy", 2) == 0);
}

Test(chunked, takes_a_size_of_sixteen_digits)
{
    struct chunked c = {0};
    char out[64], rest[64];
    size_t n = 0;

    cr_expect(feed(&c, "0000000000000001\r\nx\r\n0\r\n\r\n", 26, out, &n, rest) == 0,
              "sixteen hexadecimal digits are 64 bits");
}

Test(chunked, takes_a_tab_in_a_quoted_value)
{
    struct chunked c = {0};
    char out[64], rest[64];
    size_t n = 0;

    cr_expect(feed(&c, "1;a=\"\t\"\r\nx\r\n0\r\n\r\n", 17, out, &n, rest) == 0,
              "qdtext holds HTAB (RFC 9110, 5.6.4)");
}

Test(chunked, takes_nothing)
{
    struct chunked c = {0};
    char out[8], rest[8];
    size_t n = 0;

    cr_expect(feed(&c, "", 0, out, &n, rest) == CHUNKED_INCOMPLETE && n == 0);
    cr_expect(feed(&c, "0\r\n\r\n", 5, out, &n, rest) == 0);
    cr_expect(feed(&c, "abc", 3, out, &n, rest) == 3 && n == 0, "what follows stays");
}
