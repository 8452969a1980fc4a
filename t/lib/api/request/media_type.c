/* SPDX-License-Identifier: MIT */
#include "lib/api/request/media_type.h"

#include <criterion/criterion.h>

Test(media, kinds)
{
    static const struct {
        const char *type;
        enum media_kind kind;
    } rows[] = {{"application/json", MEDIA_JSON},
                {"Application/JSON; charset=utf-8", MEDIA_JSON},
                {" application/json ;v=1", MEDIA_JSON},
                {"application/vnd.a+json", MEDIA_JSON},
                {"image/svg+JSON", MEDIA_JSON},
                {"application/merge-patch+json", MEDIA_MERGE_PATCH},
                {"application/MERGE-patch+json;x=y", MEDIA_MERGE_PATCH},
                {"application/x-www-form-urlencoded", MEDIA_FORM},
                {"multipart/form-data; boundary=x", MEDIA_MULTIPART},
                {"multipart/mixed", MEDIA_BYTES},
                {"text/plain", MEDIA_TEXT},
                {"TEXT/csv;header=present", MEDIA_TEXT},
                {"text/*", MEDIA_TEXT},
                {"text/", MEDIA_BYTES},
                {"text/json", MEDIA_TEXT},
                {"textual/plain", MEDIA_BYTES},
                {"application/jsonx", MEDIA_BYTES},
                {"+json", MEDIA_BYTES},
                {"*/*", MEDIA_BYTES},
                {"", MEDIA_BYTES}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(media_kind_of(slice_of(rows[i].type)) == rows[i].kind, "%s", rows[i].type);
}

Test(media, text_packs_well)
{
    static const struct {
        const char *type;
        bool is_text;
    } rows[] = {{"application/json", true},    {"application/problem+json", true},
                {"text/html", true},           {"application/yaml; charset=utf-8", true},
                {"IMAGE/SVG+XML", true},       {"application/octet-stream", false},
                {"image/png", false},          {"application/gzip", false},
                {"application/jsonly", false}, {"", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(media_is_text(slice_of(rows[i].type)) == rows[i].is_text, "%s", rows[i].type);
}

Test(media, ranges)
{
    static const struct {
        const char *type, *range;
        bool fits;
    } rows[] = {{"text/plain", "text/plain", true},
                {"Text/Plain;charset=x", "tEXT/pLAIN", true},
                {"text/plain", "text/plain; charset=utf-8", true},
                {"text/plain", "text/*", true},
                {"text/plain", "*/*", true},
                {"text/plain", "*", false},
                {"text/plain", "*/plain", false},
                {"text/plain", "text/plai", false},
                {"text/plain", "tex/plain", false},
                {"text/plain", "text/", false},
                {"text", "text/*", true},
                {"text/plain", "", false},
                {"", "*/*", true},
                {"", "text/*", false},
                {"a/json, text/plain", "text/plain", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(media_is_in_range(slice_of(rows[i].type), slice_of(rows[i].range)) ==
                      rows[i].fits,
                  "%s in %s", rows[i].type, rows[i].range);
}

Test(media, exactness)
{
    cr_expect(media_exactness(slice_of("*/*")) < media_exactness(slice_of("text/*")));
    cr_expect(media_exactness(slice_of("text/*")) < media_exactness(slice_of("text/plain")));
    cr_expect(media_exactness(slice_of("text/*;a=b")) == media_exactness(slice_of("text/*")));
}

Test(media, accept)
{
    static const struct {
        const char *accept;
        bool is_accepted; /* application/json */
    } rows[] = {{"", true},
                {"  ", true},
                {"application/json", true},
                {"*/*", true},
                {"application/*", true},
                {"text/html, */*;q=0.001", true},
                {"application/json;q=0", false},
                {"application/json;q=0.", false},
                {"application/json; q=0.000", false},
                {"application/json; Q=0", false},
                {"application/json ;v=1; q=0", false},
                {"application/json;q=0.010", true},
                {"application/json;q=", true},
                {"application/json;qq=0", true},
                {"*/*, application/json;q=0", false},
                {"application/json;q=0, */*", false},
                {"*/*;q=0, application/*", true},
                {"application/*;q=0, */*", false},
                {"application/json, application/*;q=0, */*;q=0", true},
                {"text/html", false},
                {"text/html,,", false},
                {",", false},
                {", application/json ,", true},
                {"application/jso", false},
                {"application/jsonp", false},
                {"text/html;x=\"a,b\", application/json", true},
                {"text/html;x=\", application/json;q=0, \", */*", true},
                {"text/html;x=\", application/json\"", false},
                {"text/html;x=\"\\\", application/json\"", false},
                {"application/json;x=\"a;q=0\"", true},
                {"application/json;x=\"a\\\";q=1\";q=0", false},
                {"application/json;x=\"a\\\";q=0\"", true},
                {"text/html;x=\", application/json", false},
                {"json", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(media_is_accepted(slice_of(rows[i].accept), slice_of("application/json")) ==
                      rows[i].is_accepted,
                  "Accept: %s", rows[i].accept);
}

Test(media, codings)
{
    static const struct {
        const char *accept;
        bool takes; /* gzip */
    } rows[] = {{"gzip", true},
                {"GZip", true},
                {"br, gzip;q=0.5", true},
                {"br;q=1.0 , gzip ; q=1", true},
                {"gzip;q=0", false},
                {"gzip;q=0.000, identity", false},
                {"", false},
                {"*", false},
                {"identity", false},
                {"br;x=\", gzip\"", false},
                {"br;x=\",gzip;q=0\", gzip", true},
                {"gzipped", false},
                {"x-gzip", false}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(media_takes_coding(slice_of(rows[i].accept), "gzip") == rows[i].takes,
                  "Accept-Encoding: %s", rows[i].accept);
}
