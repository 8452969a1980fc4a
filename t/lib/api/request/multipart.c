/* SPDX-License-Identifier: MIT */
#include "lib/api/request/multipart.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "t/workers/request/form.h"

Test(multipart, finds_the_boundary)
{
    static const char ten[] = "1234567890";
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"multipart/form-data; boundary=B", "B"},
        {"multipart/form-data;boundary=B", "B"},
        {" Multipart/Form-Data ; BOUNDARY=b ", "b"},
        {"multipart/form-data; charset=utf-8; boundary=\"B\"; x=\"boundary=C\"", "B"},
        {"multipart/form-data; boundary=----WebKitFormBoundaryAb0'", "----WebKitFormBoundaryAb0'"},
        {"multipart/form-data; boundary=\"a'()+_,-./:=? b\"", "a'()+_,-./:=? b"},
        {"multipart/form-data; boundary=\"a\\b\\:c\"", "ab:c"},
        {"multipart/form-data; boundary=B;", "B"},
        {"", NULL},
        {"multipart", NULL},
        {"multipart/; boundary=B", NULL},
        {"multipart/form-data", NULL},
        {"multipart/form-data; boundary", NULL},
        {"multipart/form-data; boundary=", NULL},
        {"multipart/form-data; boundary=\"\"", NULL},
        {"multipart/form-data; boundary=\"B", NULL},
        {"multipart/form-data; boundary=\"B\\\"", NULL},
        {"multipart/form-data; boundary=\"B \"", NULL},
        {"multipart/form-data; boundary=\"a\\\"b\"", NULL},
        {"multipart/form-data; boundary=\"a\\\\b\"", NULL},
        {"multipart/form-data; boundary=\"a\tb\"", NULL},
        {"multipart/form-data; boundary=\"a\r\nb\"", NULL},
        {"multipart/form-data; boundary=\"\xc3\xa4\"", NULL},
        {"multipart/form-data; boundary=a/b", NULL},
        {"multipart/form-data; boundary=a b", NULL},
        {"multipart/form-data; boundary=a*b", NULL},
        {"multipart/form-data; boundary=a;b", NULL},
        {"multipart/form-data; boundary=B; boundary=B", NULL},
        {"multipart/form-data; boundary=B; Boundary=C", NULL},
        {"multipart/form-data; boundary*=utf-8''B", NULL},
        {"multipart/form-data; boundary=B; boundary*0=C", NULL},
        {"multipart/form-data, boundary=B", NULL},
        {"multipart/form-data boundary=B", NULL},
        {"multipart/form-data; boundary=B, multipart/form-data; boundary=C", NULL},
    };
    struct arena arena = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice have = multipart_boundary(slice_of(rows[i].text), &arena);

        cr_expect(!have.data == !rows[i].want, "%s", rows[i].text);
        if (have.data && rows[i].want)
            cr_expect(slice_is(have, rows[i].want), "%s: %.*s", rows[i].text, (int)have.len,
                      have.data);
    }
    for (size_t len = 69; len <= 71; len++) {
        char *text = arena_printf(&arena, "a/b;boundary=%s%s%s%s%s%s%.*s%s", ten, ten, ten, ten,
                                  ten, ten, (int)(len - 61), ten, "x");

        cr_expect((multipart_boundary(slice_of(text), &arena).len == len) == (len <= 70), "%zu",
                  len);
    }
    cr_expect(!multipart_boundary((struct slice){NULL, 0}, &arena).data);
    cr_expect(!multipart_boundary((struct slice){"a/b;boundary=\"B\0\"", 17}, &arena).data);
    arena_fini(&arena);
}

/* "[name|filename|type|data]" of each part. */
static char *shown(struct form *f)
{
    char *text = arena_strdup(&f->arena, "");

    for (size_t i = 0; i < f->count; i++) {
        const struct multipart_part *p = &f->parts[i];

        text = arena_printf(&f->arena, "%s[%.*s|%.*s|%.*s|%.*s]", text, (int)p->name.len,
                            p->name.data, p->filename.data ? (int)p->filename.len : 1,
                            p->filename.data ? p->filename.data : "-", (int)p->type.len,
                            p->type.data, (int)p->data.len, p->data.data);
    }
    return text;
}

static void check(const char *body, const char *boundary, const char *want)
{
    struct form f;

    if (!form_read(&f, body, strlen(body), boundary))
        cr_expect(false, "%s\n%s at %zu", body, f.fault.text, f.fault.offset);
    else
        cr_expect_str_eq(shown(&f), want);
    form_free(&f);
}

Test(multipart, takes_bodies_apart)
{
    static const struct {
        const char *body, *want;
    } rows[] = {
        {"--B--", ""},
        {"--B--\r\n", ""},
        {"\r\n--B--\r\n", ""},
        {"--B\r\n" A "1" END, "[a|-|text/plain|1]"},
        {"--B\r\n" A "1" END "\r\n", "[a|-|text/plain|1]"},
        {"--B\r\n" A "1" END " \t\r\n--B\r\nepilogue\n--B--", "[a|-|text/plain|1]"},
        {"--B\r\n" A "1" END " \t", "[a|-|text/plain|1]"},
        {"preamble --B\r\nmore\n-\r\n--B\r\n" A "1" END, "[a|-|text/plain|1]"},
        {"--B \t \r\n" A END, "[a|-|text/plain|]"},
        {"--B\r\n" A "\r\n" END, "[a|-|text/plain|\r\n]"},
        {"--B\r\n" A "\r\n--\r\n--A\r\n--b\r\n -- B--B\r\n-\r" END,
         "[a|-|text/plain|\r\n--\r\n--A\r\n--b\r\n -- B--B\r\n-\r]"},
        {"--B\r\n" A "1\r\n--B\r\n" FORM "b\r\n\r\n2" END, "[a|-|text/plain|1][b|-|text/plain|2]"},
        {"--B\r\n" A "1\r\n--B\r\n" A "2" END, "[a|-|text/plain|1][a|-|text/plain|2]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        check(rows[i].body, "B", rows[i].want);
    check("--a:b\r\n" A "1\r\n--a: b\r\n--a:b--", "a:b", "[a|-|text/plain|1\r\n--a: b]");
    check("----\r\n" A "1\r\n---\r\n------", "--", "[a|-|text/plain|1\r\n---]");
}

Test(multipart, reads_headers)
{
    static const struct {
        const char *header, *want;
    } rows[] = {
        {FORM "\"a\"", "[a|-|text/plain|1]"},
        {FORM "\"\"", "[|-|text/plain|1]"},
        {"content-disposition:FORM-DATA;NAME=a;FILENAME=b", "[a|b|text/plain|1]"},
        {"Content-Disposition: \t form-data ; filename=\"b\" ;\tname=\"a\"; \t",
         "[a|b|text/plain|1]"},
        {FORM "a; filename=\"\"", "[a||text/plain|1]"},
        {FORM "a; size=3; size=4; filenames=x", "[a|-|text/plain|1]"},
        {FORM "\"a b;name=c\"; filename=\"../d;e.txt\"", "[a b;name=c|../d;e.txt|text/plain|1]"},
        {FORM "\"\xc3\xa4\"; filename=\"\xe2\x82\xac\"", "[\xc3\xa4|\xe2\x82\xac|text/plain|1]"},
        {FORM "\"%22%0d%0A%0D%0a%22\"", "[\"\r\n\r\n\"|-|text/plain|1]"},
        {FORM "\"%2 %2\"; filename=\"%00%2522%\"", "[%2 %2|%00%2522%|text/plain|1]"},
        {FORM "a%22", "[a\"|-|text/plain|1]"},
        {FORM "\"a\\\"b\\\\c\\\\\"; filename=\"\\\\%22\"", "[a\"b\\c\\|\\\"|text/plain|1]"},
        {FORM "\"\\\\%22\"", "[\\\"|-|text/plain|1]"},
        {FORM "a\r\nContent-Type: image/png", "[a|-|image/png|1]"},
        {"Content-Type:Text/HTML ; charset=\"utf-8\"\r\n" FORM "a", "[a|-|Text/HTML|1]"},
        {FORM "a\r\nContent-Transfer-Encoding: 7bit", "[a|-|text/plain|1]"},
        {FORM "a\r\nContent-Transfer-Encoding: 8BIT\t", "[a|-|text/plain|1]"},
        {FORM "a\r\ncontent-transfer-encoding:binary", "[a|-|text/plain|1]"},
        {"X:\r\nX: \xff\r\nContent-Length: 9\r\n" FORM "a", "[a|-|text/plain|1]"},
        {FORM "a; filename=\"C:\\Users\\x y.txt\"", "[a|C:\\Users\\x y.txt|text/plain|1]"},
        {FORM "a; filename=\"\\\\host\\\\x\\y\\\\\"", "[a|\\host\\x\\y\\|text/plain|1]"},
        {FORM "a; filename=\"b\\\"c\\;%22.txt\"", "[a|b\"c\\;\".txt|text/plain|1]"},
        {FORM "a; filename=\"\xe4 \xff%22\"", "[a|\xc3\xa4 \xc3\xbf\"|text/plain|1]"},
        {FORM "a; filename=\"\xc3\"", "[a|\xc3\x83|text/plain|1]"},
        {FORM "a; filename=\"\xc3\xa4\xe4\x80\"",
         "[a|\xc3\x83\xc2\xa4\xc3\xa4\xef\xbf\xbd|text/plain|1]"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char body[512];

        snprintf(body, sizeof(body), "--B\r\n%s\r\n\r\n1" END, rows[i].header);
        check(body, "B", rows[i].want);
    }
}

/* RFC 8187; .NET sends both forms, and the extended one is meant. */
Test(multipart, reads_extended_file_names)
{
    static const struct {
        const char *parameters, *want;
    } rows[] = {
        {"filename*=UTF-8''%e2%82%ac%20rates.txt", "\xe2\x82\xac rates.txt"},
        {"filename=\"=?utf-8?B?w6QudHh0?=\"; filename*=utf-8''%C3%A4.txt", "\xc3\xa4.txt"},
        {"filename*=utf-8''%C3%A4.txt; filename=\"_.txt\"", "\xc3\xa4.txt"},
        {"FileName*=utf-8'en-GB'a%22b%2522", "a\"b%22"},
        {"filename*=\"utf-8''a b\"", "a b"},
        {"filename*=utf-8''", ""},
        {"filename*=ISO-8859-1'en'%A3%20rates", "\xc2\xa3 rates"},
        {"filename*=utf-8''..%2F..%5Cx", "../..\\x"},
        {"filename=\"\xe4\"; filename*=utf-8''b", "b"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char body[512], want[512];

        snprintf(body, sizeof(body), "--B\r\n" FORM "a; %s\r\n\r\n1" END, rows[i].parameters);
        snprintf(want, sizeof(want), "[a|%s|text/plain|1]", rows[i].want);
        check(body, "B", want);
    }
}

/* The offset is that of '@' in the body, which is taken out before. */
Test(multipart, refuses_bodies_that_two_could_read_differently)
{
    static const char *const rows[] = {
        "@",
        "no delimiter@",
        "--b--@",
        " --B--@",
        "--B@",
        "--B@-",
        "--B@\r",
        "--B\r\n@",
        "--B@\n" A "1" END,
        "--B@\r" A "1" END,
        "--B@C\r\n" A "1" END,
        "--B @x\r\n" A "1" END,
        "--B@- -\r\n",
        "--B--@-",
        "--B--@x",
        "--B-- @x\r\n",
        "--B--@\n",
        "--B--@\r",
        "--B--@\v",
        "--B\r\n" A "1@",
        "--B\r\n" A "1\r\n--B\r\n@",
        "--B\r\n" A "1\r\n--@",
        "--B\r\n" A "1\r\n--B@C" END,
        "--B\r\n" A "1\r\n--B--@B" END,
        "--B\r\n" A "1@\n--B--",
        "--B\r\n" A "1\n@\n--B--",
        "--B\r\n" A "1@\r--B--" END,
        "--B\r\n" A "1\r\n@\r--B" END,
        "x@\n--B\r\n" A "1" END,
        "x@\r--B\r\n" A "1" END,
        "@\n--B--",
        "--B\r\n@--B--",
        "--B\r\n@--B\r\n" A "1" END,
        "--B\r\n@\r\n--B--",
        "--B\r\n@\r\n\r\n--B--",
        "--B\r\n@\r\n1" END,
        "--B\r\n" FORM "a@" END,
        "--B\r\n" FORM "a\r\n@" END,
        "--B\r\n" FORM "a\r\n@\r" END,
        "--B\r\n@X: y\r\n\r\n1" END,
        "--B\r\n@Content-Type: text/plain\r\n\r\n1" END,
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *at = strchr(rows[i], '@');
        struct form f;
        char body[512];

        snprintf(body, sizeof(body), "%.*s%s", (int)(at - rows[i]), rows[i], at + 1);
        cr_expect(!form_read(&f, body, strlen(body), "B"), "%s", rows[i]);
        cr_expect_eq(f.fault.offset, (size_t)(at - rows[i]), "%s\n%s at %zu", rows[i], f.fault.text,
                     f.fault.offset);
        form_free(&f);
    }
}

Test(multipart, does_not_take_a_delimiter_for_a_header)
{
    static const char body[] = "--a:b\r\n--a:b\r\n" A "1\r\n--a:b--";
    struct form f;

    cr_expect(!form_read(&f, body, strlen(body), "a:b") && strstr(f.fault.text, "empty"));
    form_free(&f);
}

static const struct {
    const char *header, *why;
} bad_headers[] = {
    {"Content-Disposition: form-data", "no name"},
    {"Content-Disposition: form-data; filename=a", "no name"},
    {"Content-Disposition:", "not form-data"},
    {"Content-Disposition: attachment; name=a", "not form-data"},
    {"Content-Disposition: form-datax; name=a", "not form-data"},
    {"Content-Disposition: \"form-data\"; name=a", "not form-data"},
    {"Content-Disposition: form-data name=a", "malformed"},
    {"Content-Disposition: form-data, name=a", "malformed"},
    {FORM, "malformed"},
    {FORM "a b", "malformed"},
    {FORM "\"a", "malformed"},
    {FORM "\"a\\\"", "malformed"},
    {FORM "\"a\"b", "malformed"},
    {FORM "\"a\"; filename=\"b\"c\"", "malformed"},
    {FORM "'a b'", "malformed"},
    {FORM "\xc3\xa4", "malformed"},
    {FORM "a; name=a", "repeats a parameter"},
    {FORM "a; Name=b", "repeats a parameter"},
    {FORM "a; filename=a; filename=\"b\"", "repeats a parameter"},
    {"Content-Disposition: form-data; name*=utf-8''a", "extended"},
    {FORM "a; filename*=utf-8''b; FILENAME*=utf-8''b", "repeats a parameter"},
    {FORM "a; filename*=b", "filename*"},
    {FORM "a; filename*=utf-8'b", "filename*"},
    {FORM "a; filename*=''b", "filename*"},
    {FORM "a; filename*=koi8-r''b", "filename*"},
    {FORM "a; filename*=utf-8''%zz", "filename*"},
    {FORM "a; filename*=utf-8''%e", "filename*"},
    {FORM "a; filename*=utf-8''a%00b", "filename*"},
    {FORM "a; filename*=iso-8859-1''a%00b", "filename*"},
    {FORM "a; filename*=utf-8''%e4", "UTF-8"},
    {FORM "a; filename*0=b", "extended"},
    {FORM "a; filename*0*=utf-8''b", "extended"},
    {FORM "a; name*0=b", "extended"},
    {FORM "\"a\\b\"", "backslash"},
    {FORM "\"\xff\"", "UTF-8"},
    {FORM "\"\xc0\x80\"", "UTF-8"},
    {FORM "\"\xed\xa0\x80\"", "UTF-8"},
    {FORM "a\r\n" FORM "a", "repeat"},
    {FORM "a\r\ncontent-disposition: form-data; name=b", "repeat"},
    {FORM "a\r\nContent-Type: a/b\r\nContent-Type: a/b", "repeat"},
    {FORM "a\r\nContent-Transfer-Encoding: 8bit\r\nContent-Transfer-Encoding: 8bit", "repeat"},
    {FORM "a\r\nContent-Type:", "Content-Type"},
    {FORM "a\r\nContent-Type: text", "Content-Type"},
    {FORM "a\r\nContent-Type: text/", "Content-Type"},
    {FORM "a\r\nContent-Type: text/plain charset=a", "Content-Type"},
    {FORM "a\r\nContent-Type: text/plain; charset", "Content-Type"},
    {FORM "a\r\nContent-Type: text/plain, text/html", "Content-Type"},
    {FORM "a\r\nContent-Transfer-Encoding: base64", "Encoding"},
    {FORM "a\r\nContent-Transfer-Encoding: quoted-printable", "Encoding"},
    {FORM "a\r\nContent-Transfer-Encoding:", "Encoding"},
    {FORM "a\r\nContent-Transfer-Encoding: 8bit, 8bit", "Encoding"},
    {FORM "a;\r\n filename=b", "folded"},
    {FORM "a\r\n\tx", "folded"},
    {" " FORM "a", "folded"},
    {" ", "folded"},
    {"X", "malformed"},
    {"X Y: z", "malformed"},
    {": z", "malformed"},
    {"Content-Disposition : form-data; name=a", "malformed"},
    {"\xc3\xa4: z", "malformed"},
    {"X: \x01\r\n" FORM "a", "control"},
    {"X: \x7f\r\n" FORM "a", "control"},
    {"X: a\n" FORM "a", "control"},
    {"X: a\r" FORM "a", "control"},
    {FORM "\"a\v\"", "control"},
    {FORM "a\n\r\n", "control"},
    {FORM "a\n", "control"},
};

Test(multipart, refuses_headers)
{
    for (size_t i = 0; i < sizeof(bad_headers) / sizeof(*bad_headers); i++) {
        struct form f;
        char body[512];

        snprintf(body, sizeof(body), "--B\r\n%s\r\n\r\n1" END, bad_headers[i].header);
        if (form_read(&f, body, strlen(body), "B"))
            cr_expect(false, "%s", bad_headers[i].header);
        else
            cr_expect(strstr(f.fault.text, bad_headers[i].why), "%s: %s", bad_headers[i].header,
                      f.fault.text);
        form_free(&f);
    }
}

/* NUL in a header, where a C string would end. */
Test(multipart, refuses_nul_in_headers_and_keeps_it_in_data)
{
    static const char data[] = "--B\r\n" A "1\0002" END;
    static const char *const marks[] = {"Disposition", "form-data", "name", "a\r\n\r\n", ":"};
    struct form f;

    cr_assert(form_read(&f, data, sizeof(data) - 1, "B"));
    cr_expect(f.parts[0].data.len == 3 && memcmp(f.parts[0].data.data, "1\0002", 3) == 0);
    form_free(&f);
    for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
        char body[] = "--B\r\n" A "1" END;
        size_t at = (size_t)(strstr(body, marks[i]) - body);

        body[at] = '\0';
        cr_expect(!form_read(&f, body, sizeof(body) - 1, "B") && f.fault.offset == at, "%s",
                  marks[i]);
        form_free(&f);
    }
}
