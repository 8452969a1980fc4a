/* SPDX-License-Identifier: MIT */
#include "workers/http/parse/body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* Decodes `text` in pieces that end at `cut`; its content goes to `out`. Returns how many bytes
 * follow the body. */
static size_t decode(struct body *b, const char *text, size_t cut, char *out, size_t *out_len)
{
    const size_t ends[] = {cut, strlen(text)};
    size_t at = 0, behind = 0;

    *out_len = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t len = ends[i] - at, rest = 0;
        char *piece = malloc(len + !len);

        if (b->state != BODY_MORE) {
            behind += len;
        } else if (len) {
            memcpy(piece, text + at, len);
            body_decode(b, piece, &len, &rest);
            memcpy(out + *out_len, piece, len);
            *out_len += len;
            cr_expect(rest == 0 || memcmp(piece + len, text + ends[i] - rest, rest) == 0);
            behind += rest;
        }
        at = ends[i];
        free(piece);
    }
    return behind;
}

Test(body, ends_where_it_should_at_every_split)
{
    static const struct {
        enum framing framing;
        uint64_t length;
        const char *text, *content, *behind;
    } rows[] = {
        {FRAMING_LENGTH, 3, "abcGET /", "abc", "GET /"},
        {FRAMING_LENGTH, 3, "abc", "abc", ""},
        {FRAMING_CHUNKED, 0, "2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\nGET /", "abc", "GET /"},
        {FRAMING_CHUNKED, 0, "0\r\nTrailer: x\r\n\r\n\r\n", "", "\r\n"},
        {FRAMING_CHUNKED, 0, "3\r\nabc\r\n0\r\n\r\n0\r\n\r\n", "abc", "0\r\n\r\n"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t cut = 0; cut <= strlen(rows[i].text); cut++) {
            struct body b;
            char out[64];
            size_t len, behind;

            body_init(&b, rows[i].framing, rows[i].length, 100);
            behind = decode(&b, rows[i].text, cut, out, &len);
            cr_expect(b.state == BODY_WHOLE && len == strlen(rows[i].content) &&
                          memcmp(out, rows[i].content, len) == 0 &&
                          behind == strlen(rows[i].behind) && b.size == len,
                      "%s at %zu: %d %zu %zu", rows[i].text, cut, (int)b.state, len, behind);
        }
}

Test(body, keeps_its_limit)
{
    static const struct {
        uint64_t length, limit;
        enum body_state state;
    } rows[] = {{3, 2, BODY_TOO_LARGE},
                {3, 3, BODY_MORE},
                {1, 0, BODY_TOO_LARGE},
                {UINT64_MAX, UINT64_MAX - 1, BODY_TOO_LARGE}};
    static const char text[] = "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n";
    struct body b;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        body_init(&b, FRAMING_LENGTH, rows[i].length, rows[i].limit);
        cr_expect(b.state == rows[i].state, "%zu: %d", i, (int)b.state);
    }
    for (uint64_t limit = 0; limit < 6; limit++)
        for (size_t cut = 0; cut <= sizeof(text) - 1; cut++) {
            char out[64];
            size_t len;

            body_init(&b, FRAMING_CHUNKED, 0, limit);
            decode(&b, text, cut, out, &len);
            cr_expect(b.state == (limit < 4 ? BODY_TOO_LARGE : BODY_WHOLE), "%lu at %zu: %d",
                      (unsigned long)limit, cut, (int)b.state);
        }
}

Test(body, refuses_chunks_that_are_none)
{
    static const char *const rows[] = {"x", "3\r\nabcd", "\r\n", "3\nabc", "0\r\nx y\r\n\r\n"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (size_t cut = 0; cut <= strlen(rows[i]); cut++) {
            struct body b;
            char out[64];
            size_t len;

            body_init(&b, FRAMING_CHUNKED, 0, 100);
            decode(&b, rows[i], cut, out, &len);
            cr_expect(b.state == BODY_MALFORMED, "%s at %zu: %d", rows[i], cut, (int)b.state);
        }
}

/* Extensions are bounded each, and in total by the content. */
Test(body, refuses_more_framing_than_content)
{
    static const struct {
        int chunks, extension;
        enum body_state state;
    } rows[] = {{100, 0, BODY_WHOLE},
                {20000, 0, BODY_WHOLE},
                {50, 250, BODY_WHOLE},
                {2000, 250, BODY_MALFORMED}};
    static char text[1 << 20], out[1 << 20], many[251];

    memset(many, 'y', sizeof(many) - 1);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct body b;
        size_t len = 0;

        for (int n = 0; n < rows[i].chunks; n++)
            len += (size_t)sprintf(text + len, "1%s%.*s\r\nx\r\n", rows[i].extension ? ";x=" : "",
                                   rows[i].extension, many);
        strcpy(text + len, "0\r\n\r\n");
        body_init(&b, FRAMING_CHUNKED, 0, sizeof(text));
        decode(&b, text, 0, out, &len);
        cr_expect(b.state == rows[i].state, "%zu: %d", i, (int)b.state);
    }
}
