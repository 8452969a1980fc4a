/* SPDX-License-Identifier: MIT */
/* head.h: hosts, targets and limits. */
#include "workers/http/parse/head.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static int parse(const char *text, size_t limit, struct head *out, char **copy)
{
    size_t len = strlen(text);

    *copy = malloc(len);
    memcpy(*copy, text, len);
    return head_parse(*copy, len, limit, out);
}

static void request(char *out, size_t size, const char *target, const char *host)
{
    snprintf(out, size, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, host);
}

Test(head_target, takes_absolute_targets_apart)
{
    static const struct {
        const char *target, *path, *host;
    } rows[] = {
        {"http://b/", "/", "b"},
        {"http://b", "/", "b"},
        {"http://b?x", "/?x", "b"},
        {"https://b?x/y", "/?x/y", "b"},
        {"http://b:81/c/d?e=http://f", "/c/d?e=http://f", "b:81"},
        {"HTTPS://[::1]:8443", "/", "[::1]:8443"},
        {"http://b:/", "/", "b:"},
        {"http://[v1.a:b]/", "/", "[v1.a:b]"},
        {"http://b/@", "/@", "b"},
        {"http://b/?@", "/?@", "b"},
        {"/http://b/", "/http://b/", "a"},
        {"//b/c", "//b/c", "a"},
        {"*", "*", "a"},
    };
    char text[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct head head;
        char *copy;

        request(text, sizeof(text), rows[i].target, "a");
        cr_expect(parse(text, 16384, &head, &copy) == (int)strlen(text) && head.err == OK, "%s: %s",
                  rows[i].target, err_name(head.err));
        cr_expect(slice_is(head.target, rows[i].path), "%s: %.*s", rows[i].target,
                  (int)head.target.len, head.target.data);
        cr_expect(slice_is(head.fields[0].value, rows[i].host), "%s: %.*s", rows[i].target,
                  (int)head.fields[0].value.len, head.fields[0].value.data);
        free(copy);
    }
}

Test(head_target, refuses_bad_targets)
{
    static const char *const rows[] = {
        "x",          "a/b",       "?x",           "**",           "*/",          "http:/b/",
        "http://",    "https://",  "http:///c",    "http://?x",    "http://u@b/", "http://u:p@b",
        "ftp://b/",   "b:443",     "https:/b",     "/a#b",         "#",           "http://b/#c",
        "http://b#c", "/a#",       "http://b\\c/", "http://b<c>/", "http://b\"/", "http://b|c/",
        "http://b^/", "http://`/", "http://[::1/", "http://b:c/",  "http://::1/",
    };
    char text[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct head head;
        char *copy;

        request(text, sizeof(text), rows[i], "a");
        cr_expect(parse(text, 16384, &head, &copy) == (int)strlen(text));
        cr_expect(head.err == ERR_BAD_TARGET || head.err == ERR_BAD_REQUEST, "%s: %s", rows[i],
                  err_name(head.err));
        free(copy);
    }
}

Test(head_target, refuses_bad_hosts)
{
    static const char *const rows[] = {
        "a b",      "a/b",    "u@a",     "a?b",    "a#b",   "a\"b",   "<a>",   "a\\b",   "a\tb",
        "\xc3\xa4", "a:b",    "a:8x",    "a:-1",   "a:8:8", "[::1",   "::1",   "[",      "[]",
        "[]:80",    "[::1]x", "[::1]:x", "[::1]]", "a]",    "a[::1]", "[a/b]", "[[::1]]"};
    char text[256];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct head head;
        char *copy;

        request(text, sizeof(text), "/", rows[i]);
        cr_expect(parse(text, 16384, &head, &copy) == (int)strlen(text));
        cr_expect(head.err == ERR_BAD_REQUEST, "%s: %s", rows[i], err_name(head.err));
        free(copy);
    }
}

Test(head_target, keeps_the_limit)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: 12345678\r\n\r\nbody that follows";
    size_t length = strlen(text) - strlen("body that follows");
    size_t line = strlen("GET / HTTP/1.1\r\n");

    for (size_t limit = 1; limit < sizeof(text); limit++) {
        struct head head;
        char *copy;
        int n = parse(text, limit, &head, &copy);

        if (limit < length)
            cr_expect(n == (int)strlen(text) &&
                          head.err == (limit < line ? ERR_TARGET_SIZE : ERR_HEADER_SIZE),
                      "%zu: %d %s", limit, n, err_name(head.err));
        else
            cr_expect(n == (int)length && head.err == OK, "%zu: %d", limit, n);
        free(copy);
    }
}

static int parse_fields(int count, struct head *head)
{
    char text[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
    char *copy;
    int n;

    for (int i = 1; i < count; i++)
        strcat(text, "X: y\r\n");
    strcat(text, "\r\n");
    n = parse(text, 16384, head, &copy);
    free(copy);
    return n;
}

Test(head_target, holds_so_many_fields)
{
    static struct head head;

    cr_expect(parse_fields(99, &head) > 0 && head.err == OK && head.field_count == 99);
    cr_expect(parse_fields(HEAD_FIELDS_MAX, &head) > 0 && head.err == OK &&
                  head.field_count == HEAD_FIELDS_MAX,
              "HEAD_FIELDS_MAX fields fit: %s", err_name(head.err));
    cr_expect(parse_fields(HEAD_FIELDS_MAX + 1, &head) > 0 && head.err == ERR_HEADER_SIZE);
}
