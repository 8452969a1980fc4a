/* SPDX-License-Identifier: MIT */
#include "lib/core/text/origin.h"

#include <criterion/criterion.h>

Test(origin, knows_what_is_a_pattern)
{
    static const char *const good[] = {
        "*",
        "https://app.example",
        "http://localhost:3000",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "https://[2001:db8::1]",
        "https://xn--bcher-kva.example",
        "https://*.example.com",
        "https://*.example.com:8443",
        "http://*.localhost:3000",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
        "https://a.example:80",
    };
    static const char *const bad[] = {
        "",
        "null",
        "app.example",
        "//app.example",
        "://app.example",
        "https:app.example",
        "https://",
        "https://app.example/",
        "https://app.example/path",
        "https://app.example?q",
        "https://app.example#f",
        "https://user@app.example",
        "https://App.example",
        "HTTPS://app.example",
        "https://app.example.",
        "https://.app.example",
        "https://app..example",
        "https://app example",
        "https://b\303\274cher.example",
        "https://app.example:",
        "https://app.example:0",
        "https://app.example:080",
        "https://app.example:443",
        "http://app.example:80",
        "https://app.example:65536",
        "https://app.example:8x",
        "https://app.example:*",
        "https://[::1",
        "https://[::1]x",
        "https://[]",
        "https://[g::]",
        "https://*",
        "https://*:8443",
        "https://*.com",
        "https://*.",
        "https://*.*.example.com",
        "https://a*.example.com",
        "https://*a.example.com",
        "https://a.*.example.com",
        "https://*.[::1]",
        "*://app.example",
        "*.example.com",
        "**",
        "https://a.example https://b.example",
    };

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        cr_expect(!origin_fault(good[i]), "%s: %s", good[i], origin_fault(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        cr_expect(origin_fault(bad[i]), "%s", bad[i]);
}

Test(origin, matches)
{
    static const struct {
        const char *pattern, *origin;
        bool matches;
    } rows[] = {
        {"*", "https://any.example", true},
        {"*", "null", false},
        {"*", "", false},
        {"https://app.example", "https://app.example", true},
        {"https://app.example", "http://app.example", false},
        {"https://app.example", "https://app.example:8443", false},
        {"https://app.example", "https://app.example.evil.example", false},
        {"https://app.example", "https://app.exampl", false},
        {"https://app.example", "https://APP.example", false},
        {"https://app.example:8443", "https://app.example:8443", true},
        {"https://app.example:8443", "https://app.example", false},
        {"https://*.example.com", "https://a.example.com", true},
        {"https://*.example.com", "https://a.b.example.com", true},
        {"https://*.example.com", "https://example.com", false},
        {"https://*.example.com", "https://.example.com", false},
        {"https://*.example.com", "https://aexample.com", false},
        {"https://*.example.com", "https://evil.example/.example.com", false},
        {"https://*.example.com", "https://evil.example#.example.com", false},
        {"https://*.example.com", "https://evil.example@a.example.com", false},
        {"https://*.example.com", "https://evil.example:80.example.com", false},
        {"https://*.example.com", "https://a..example.com", false},
        {"https://*.example.com", "https://a.example.com:8443", false},
        {"https://*.example.com", "https://a.example.com.evil.example", false},
        {"https://*.example.com", "http://a.example.com", false},
        {"https://*.example.com", "null", false},
        {"https://*.example.com:8443", "https://a.example.com:8443", true},
        {"https://*.example.com:8443", "https://a.example.com", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(origin_matches(rows[i].pattern, slice_of(rows[i].origin)) == rows[i].matches,
                  "%s %s", rows[i].pattern, rows[i].origin);
}
