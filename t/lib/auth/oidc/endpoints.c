/* SPDX-License-Identifier: MIT */
#include "lib/auth/oidc/endpoints.h"

#include <stddef.h>

#include <criterion/criterion.h>

Test(endpoints, what_a_good_one_is)
{
    static const struct {
        const char *url;
        bool want;
    } rows[] = {
        {"https://op.example/token", true},
        {"https://op.example:8443/token?x=1", true},
        {"http://op.example/token", false},
        {"http://127.0.0.1:80/token", true},
        {"http://localhost/token", true},
        {"http://[::1]:80/token", true},
        {"http://localhost.evil.example/", false},
        {"http://127.0.0.1.evil.example/", false},
        {"http://localhost@evil.example/", false},
        {"https://user@op.example/", false},
        {"https:///token", false},
        {"https://op.example/#x", false},
        {"https://op.example/a b", false},
        {"https://op.example/\r\nX: y", false},
        {"file:///etc/passwd", false},
        {"//op.example/", false},
        {"", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(endpoint_is_good(rows[i].url), rows[i].want, "%s", rows[i].url);
}

Test(endpoints, what_a_page_is)
{
    static const struct {
        const char *url;
        bool want;
    } rows[] = {
        {"https://us.example/app", true},
        {"https://us.example/app?a=b#/home?c=d", true},
        {"http://127.0.0.1:80/#x", true},
        {"https://#x", false},
        {"https://us.example#@evil.example/", true},
        {"https://user@us.example/#x", false},
        {"http://us.example/#http://localhost/", false},
        {"https://us.example/# x", false},
        {"https://us.example/#\r\nX: y", false},
        {"javascript:alert(1)#https://us.example/", false},
        {"#x", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(endpoint_is_page(rows[i].url), rows[i].want, "%s", rows[i].url);
}

Test(endpoints, what_an_issuer_may_name)
{
    static const struct {
        const char *issuer, *url;
        bool want;
    } rows[] = {
        {"https://op.example", "https://op.example/token", true},
        {"https://op.example", "https://keys.example/jwks", true},
        {"https://op.example", "http://op.example/token", false},
        {"https://op.example", "http://127.0.0.1/token", false},
        {"https://op.example", "http://localhost:80/token", false},
        {"https://op.example", "https://localhost/token", false},
        {"https://op.example", "https://127.0.0.1:8443/token", false},
        {"https://op.example", "https://[::1]/token", false},
        {"https://localhost:8443", "https://localhost:8443/token", true},
        {"https://localhost:8443", "http://localhost:8443/token", false},
        {"http://localhost:8080", "http://localhost:8080/token", true},
        {"http://127.0.0.1:8080", "https://op.example/token", true},
        {"http://127.0.0.1:8080", "http://op.example/token", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(endpoint_is_named_well(rows[i].url, rows[i].issuer), rows[i].want, "%s by %s",
                     rows[i].url, rows[i].issuer);
}
