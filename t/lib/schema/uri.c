/* SPDX-License-Identifier: MIT */
/* uri.h: the examples of RFC 3986, 5.4, and bases that are files. */
#include "lib/schema/uri.h"

#include <string.h>

#include <criterion/criterion.h>

struct row {
    const char *ref, *want;
};

static void run(const char *base, const struct row *rows, size_t count)
{
    struct arena arena = {0};

    for (size_t i = 0; i < count; i++) {
        const char *got = uri_resolve(&arena, base, rows[i].ref);

        cr_expect(strcmp(got, rows[i].want) == 0, "%s + %s: %s, not %s", base, rows[i].ref, got,
                  rows[i].want);
    }
    arena_fini(&arena);
}

#define RUN(base, rows) run(base, rows, sizeof(rows) / sizeof(*(rows)))

Test(uri, resolves_the_normal_examples)
{
    static const struct row rows[] = {
        {"g:h", "g:h"},
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
    };

    RUN("http://a/b/c/d;p?q", rows);
}

Test(uri, resolves_the_abnormal_examples)
{
    static const struct row rows[] = {
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
        {"http:g", "http:g"}, /* for strict parsers */
        {"http://b/x/../y/./z", "http://b/y/z"},
        {"g/./", "http://a/b/c/g/"},
        {"g//h", "http://a/b/c/g//h"},
        {"g//", "http://a/b/c/g//"},
    };

    RUN("http://a/b/c/d;p?q", rows);
}

Test(uri, takes_files_for_bases)
{
    static const struct row relative[] = {
        {"other.yaml", "api/v1/other.yaml"},
        {"./other.yaml#/A", "api/v1/other.yaml#/A"},
        {"../other.yaml", "api/other.yaml"},
        {"../../other.yaml", "other.yaml"},
        {"../../../other.yaml", "../other.yaml"},
        {"../../../../other.yaml", "../../other.yaml"},
        {"../../../up/../other.yaml", "../other.yaml"},
        {"sub/other.yaml", "api/v1/sub/other.yaml"},
        {"/etc/other.yaml", "/etc/other.yaml"},
        {"#/A", "api/v1/api.yaml#/A"},
        {"", "api/v1/api.yaml"},
        {"http://a/x", "http://a/x"},
    };
    static const struct row absolute[] = {
        {"other.yaml", "/srv/api/other.yaml"},
        {"../other.yaml", "/srv/other.yaml"},
        {"../../../other.yaml", "/other.yaml"},
    };
    static const struct row above[] = {
        {"other.yaml", "../other.yaml"},
        {"../other.yaml", "../../other.yaml"},
    };
    static const struct row bare[] = {
        {"other.yaml", "other.yaml"},
        {"../other.yaml", "../other.yaml"},
        {"#x", "api.yaml#x"},
    };

    RUN("api/v1/api.yaml", relative);
    RUN("/srv/api/api.yaml", absolute);
    RUN("../api.yaml", above);
    RUN("api.yaml", bare);
}

Test(uri, keeps_what_has_no_hierarchy)
{
    static const struct row urn[] = {
        {"#x", "urn:uuid:1#x"},
        {"urn:example:a/../b", "urn:example:a/../b"},
        {"tag:x,2026:y", "tag:x,2026:y"},
    };
    static const struct row host[] = {
        {"g", "http://a/g"},
        {"../g", "http://a/g"},
        {"?q", "http://a?q"},
    };

    RUN("urn:uuid:1", urn);
    RUN("http://a", host);
}

Test(uri, knows_schemes)
{
    static const struct {
        const char *uri;
        bool has_scheme;
    } rows[] = {{"http://a", true}, {"a+b-c.1:", true}, {"urn:x", true}, {"1a:b", false},
                {"a/b:c", false},   {"a.yaml", false},  {":x", false},   {"", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(uri_has_scheme(rows[i].uri) == rows[i].has_scheme, "%s", rows[i].uri);
}
