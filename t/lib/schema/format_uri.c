/* SPDX-License-Identifier: MIT */
#include "t/lib/schema/format_rows.h"

/* Each is a URI, a URI reference, an IRI and an IRI reference. */
static const char *const absolute[] = {
    "http://foo.bar/?baz=qux#quuz",
    "http://foo.com/blah_(wikipedia)_blah#cite-1",
    "http://foo.bar/?q=Test%20URL-encoded%20stuff",
    "http://xn--nw2a.xn--j6w193g/",
    "http://-.~_!$&'()*+,;=:%40:80%2f::::::@example.com",
    "http://223.255.255.254",
    "ftp://ftp.is.co.za/rfc/rfc1808.txt",
    "http://www.ietf.org/rfc/rfc2396.txt",
    "ldap://[2001:db8::7]/c=GB?objectClass?one",
    "mailto:John.Doe@example.com",
    "news:comp.infosystems.www.servers.unix",
    "tel:+1-816-555-1212",
    "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
    "telnet://192.0.2.16:80/",
    "a:",
    "a:b",
    "a:/",
    "a:/b",
    "a:b//c",
    "a:/b//c",
    "a://",
    "a:///",
    "a:///etc/passwd",
    "a://h:",
    "a://h:99999999/",
    "a://u@",
    "a://:@:",
    "A1+-.:x",
    "a:?",
    "a:#",
    "a:?#",
    "a:?a?b/c:d@e#f?g/h:i@j",
    "http://[v1.x:y]/",
    "http://[VF.!]/",
    "http://[::]:80",
    "http://u:p@[::1.2.3.4]:80?q#f",
    "http://01.2.3.4/", /* a registered name */
    "http://a%00b/%ff",
};

static const char *const relative[] = {
    "",      "/abc",    "//foo.bar/?baz=qux#quuz",
    "abc",   "./a:b",   "a/b:c",
    "?a:b",  "#a:b",    "..",
    "/",     "//",      "///",
    "//h:1", "//[::1]", "a?b:c",
    "a@b",   "%3A",     "/a//b",
    "1/b:c", "/:",      "//u:p@h:8/p",
};

/* Each is none of the four. */
static const char *const neither[] = {
    "\\\\WINDOWS\\fileshare",
    "http:// shouldfail.com",
    ":// should fail",
    ":",
    ":a",
    "bar,baz:foo",
    "1:b",
    "1a:b",
    "a%41:b",
    "a_b:c",
    "-a:b",
    "https://[@example.org/test.txt",
    "https://example.org/foobar\\.txt",
    "https://example.org/foobar<>.txt",
    "https://example.org/foobar{}.txt",
    "https://example.org/foobar^.txt",
    "https://example.org/foobar`.txt",
    "https://example.org/foo bar.txt",
    "https://example.org/foobar|.txt",
    "https://example.org/foobar\".txt",
    "https://example.org/[a]",
    "https://example.org/?[a]",
    "https://example.org/#a#b",
    "https://example.org/%",
    "https://example.org/%4",
    "https://example.org/%4g",
    "https://example.org/%%20",
    "https://%zz/",
    "https://a@b@c/",
    "https://a:b:c/",
    "https://a:80x/",
    "https://a:-1/",
    "https://a:\xd9\xa1/",
    "http://2001:0db8:85a3:0000:0000:8a2e:0370:7334",
    "http://[::1",
    "http://::1]",
    "http://[::1]x/",
    "http://x[::1]/",
    "http://[]/",
    "http://[127.0.0.1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[v.x]/",
    "http://[v1.]/",
    "http://[v1x]/",
    "http://[vg.x]/",
    "http://[v1.%41]/",
    "http://[v1.a/b]/",
    "http://[:::1]/",
    "a:\x7f",
    "a:\n",
    " a:b",
    "a:b ",
    "a:\xef\xbf\xbe",     /* U+FFFE */
    "a:\xc2\x80",         /* U+0080 */
    "a:\xe2\x80\x8e",     /* U+200E: a bidirectional control */
    "a:\xe2\x80\xae",     /* U+202E: another */
    "a:\xee\x80\x80",     /* private use in a path */
    "a:#\xee\x80\x80",    /* and in a fragment */
    "a:\xf3\xa0\x80\x81", /* U+E0001: a tag */
    "\xc3\xa9:b",
};

/* Each is an IRI, and an IRI reference, only. */
static const char *const wide[] = {
    "http://\xc6\x92\xc3\xb8\xc3\xb8.\xc3\x9f\xc3\xa5r/?\xe2\x88\x82\xc3\xa9\xc5\x93#\xcf\x80",
    "a:\xc2\xa0",
    "a:\xf0\x90\x80\x80",
    "a://\xc3\xa9@\xc3\xa9:1/\xc3\xa9",
    "a:?\xee\x80\x80",     /* private use in a query */
    "a:?\xf4\x80\x80\x80", /* U+100000 */
    "a:\xf3\xa1\x80\x80",  /* U+E1000 */
    "https://example.org/foobar\xc2\xae.txt",
};

Test(format_uri, uri_and_iri)
{
    static const char *const wide_relative[] = {"\xc3\xa2\xcf\x80\xcf\x80", "/\xc3\xa2",
                                                "#\xc6\x92r\xc3\xa4g", "//\xc3\xa9/\xc3\xa9"};

    EXPECT_ROWS("uri", absolute, true);
    EXPECT_ROWS("iri", absolute, true);
    EXPECT_ROWS("uri-reference", absolute, true);
    EXPECT_ROWS("iri-reference", absolute, true);

    EXPECT_ROWS("uri", relative, false);
    EXPECT_ROWS("iri", relative, false);
    EXPECT_ROWS("uri-reference", relative, true);
    EXPECT_ROWS("iri-reference", relative, true);

    EXPECT_ROWS("uri", neither, false);
    EXPECT_ROWS("iri", neither, false);
    EXPECT_ROWS("uri-reference", neither, false);
    EXPECT_ROWS("iri-reference", neither, false);

    EXPECT_ROWS("uri", wide, false);
    EXPECT_ROWS("uri-reference", wide, false);
    EXPECT_ROWS("iri", wide, true);
    EXPECT_ROWS("iri-reference", wide, true);

    EXPECT_ROWS("iri", wide_relative, false);
    EXPECT_ROWS("uri-reference", wide_relative, false);
    EXPECT_ROWS("iri-reference", wide_relative, true);
}

/* Every byte at every place: the same verdict as the tables of RFC 3986, appendix A. */
Test(format_uri, knows_each_character)
{
    static const char alnum[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const struct {
        const char *before, *after, *others;
    } rows[] = {{"x:a", "b", "-._~!$&'()*+,;=:@/?#"},
                {"x:?a", "b", "-._~!$&'()*+,;=:@/?#"},
                {"x:#a", "b", "-._~!$&'()*+,;=:@/?"},
                {"x://a", "b@h", "-._~!$&'()*+,;=:/?#"},
                {"x://a", "@h", "-._~!$&'()*+,;=:/?#"},
                {"x://a", "/", "-._~!$&'()*+,;=:@/?#"},
                {"x", ":", "+-.:/?#"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        for (int c = 1; c < 0x80; c++) {
            char text[32];
            bool want = strchr(alnum, c) || strchr(rows[i].others, c);

            strcpy(text, rows[i].before);
            strncat(text, (char[]){(char)c, '\0'}, 2);
            strcat(text, rows[i].after);
            cr_expect(format_takes("uri-reference", text, strlen(text)) == want, "%s", text);
        }
}

static const char *const templates[] = {
    "",
    "abc",
    "http://example.com/dictionary/{term:1}/{term}",
    "http://example.com/dictionary",
    "dictionary/{term:1}/{term}",
    "{var}",
    "{+path}/here",
    "{#x,hello,y}",
    "map?{x,y}",
    "X{.list*}",
    "{/var:1,var}",
    "{;x,y,empty}",
    "{?x,y*}",
    "?fixed=yes{&x}",
    "{a.b.c}",
    "{%41_1}",
    "{semi:9999}",
    "{=x}{,x}{!x}{@x}{|x}", /* reserved operators are in the grammar */
    "'{quoted}'",
    "%20",
    "[a]:@/?#!$&()*+,;=-._~",
    "caf\xc3\xa9",
    "\xee\x80\x80",
    "{a}{b}",
};

Test(format_uri, uri_template)
{
    static const char *const invalid[] = {
        "http://example.com/dictionary/{term:1}/{term",
        "{",
        "}",
        "{}",
        "{+}",
        "a}b",
        "{{a}}",
        "{a",
        "{a b}",
        "{a,}",
        "{,}",
        "{a,,b}",
        "{.}",
        "{.a..b}",
        "{a.}",
        "{a-b}",
        "{a:}",
        "{a:0}",
        "{a:01}",
        "{a:10000}",
        "{a:-1}",
        "{a:x}",
        "{a**}",
        "{a*:1}",
        "{a:1*}",
        "{*a}",
        "{++a}",
        "{^a}",
        "{%4}",
        "{%zz}",
        "{\xc3\xa9}",
        "a b",
        "\"",
        "<",
        ">",
        "\\",
        "^",
        "`",
        "|",
        "%",
        "%4",
        "%zz",
        "\x01",
        "\x7f",
        "\xc2\x80",
        "\xef\xb7\x90", /* U+FDD0 */
    };

    EXPECT_ROWS("uri-template", templates, true);
    EXPECT_ROWS("uri-template", invalid, false);
}
