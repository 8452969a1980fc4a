/* SPDX-License-Identifier: MIT */
#include "t/lib/schema/format_rows.h"

#include "lib/schema/idna.h"

#define TEN(x) x x x x x x x x x x
#define LABEL_63 TEN("abcdef") "abc"
#define NAME_253 LABEL_63 "." LABEL_63 "." LABEL_63 "." TEN("abcdef") "a"

Test(format_host, hostname)
{
    static const char *const valid[] = {"www.example.com",
                                        "a",
                                        "A",
                                        "3com.com",
                                        "hostname",
                                        "host-name",
                                        "h0stn4me",
                                        "1host",
                                        "hostnam3",
                                        "123",
                                        "1.2.3",
                                        "1.2.3.4.5",
                                        "1.2.3.4.example",
                                        "1.2.3.a4",
                                        "a--b",
                                        "ab--cd.example", /* reserved (RFC 5890), yet in use */
                                        "a-1.b-2.c-3",
                                        "xn",
                                        "xn-a",
                                        LABEL_63,
                                        LABEL_63 ".com",
                                        NAME_253};
    static const char *const invalid[] = {"",
                                          ".",
                                          ".example",
                                          "example.",
                                          "a..b",
                                          "-a-host-name-that-starts-with--",
                                          "-bad.example",
                                          "bad-.example",
                                          "example.bad-",
                                          "-",
                                          "not_a_valid_host_name",
                                          "a b",
                                          " a",
                                          "a ",
                                          "a\n",
                                          "a/b",
                                          "a:80",
                                          "a@b",
                                          "*.example.com",
                                          "[::1]",
                                          "caf\xc3\xa9.example",
                                          "a\xe3\x80\x82"
                                          "b",
                                          "127.0.0.1",
                                          "999.999.999.999",
                                          LABEL_63 "d",
                                          "a." LABEL_63 "d.b",
                                          NAME_253 "b",
                                          NAME_253 ".c"};

    cr_assert(strlen(LABEL_63) == 63 && strlen(NAME_253) == 253);
    EXPECT_ROWS("hostname", valid, true);
    EXPECT_ROWS("hostname", invalid, false);
}

static const char *const good_labels[] = {
    "xn--caf-dma.example",          /* café */
    "XN--CAF-DMA.example",          /* the same */
    "xn--4gbwdl.xn--wgbh1c",        /* Arabic */
    "xn--ihqwcrb4cv8a8dqg056pqjye", /* RFC 3492, 7.1 (B) */
    "xn--bcher-kva",                /* bücher */
    "xn--strae-oqa",                /* straße: PVALID since IDNA2008 */
    "xn--zca",                      /* ß */
    "xn--ll-0ea",                   /* l·l */
    "xn--wva3je",                   /* keraia before Greek */
    "xn--4dbc5h",                   /* geresh behind Hebrew */
    "xn--4dbc8h",                   /* gershayim behind Hebrew */
    "xn--k8j5u",                    /* middle dot with Hiragana */
    "xn--bck0j",                    /* with Katakana */
    "xn--vek778f",                  /* with Han */
    "xn--ngba1o",                   /* Arabic-Indic digits */
    "xn--0-gyc",                    /* extended ones */
    "xn--11b2ezcw70k",              /* ZWJ behind a virama */
    "xn--11b2ezcs70k",              /* ZWNJ behind a virama */
    "xn--ngba799q",                 /* ZWNJ where Arabic letters join */
    "XN--LL-0EA",
    "xn--3e0b707e.xn--fiqs8s",
};

static const char *const bad_labels[] = {
    "xn--",                /* ends with a hyphen */
    "xn--a",               /* no wide character */
    "xn--X",               /* a delta cut off */
    "xn--abc-",            /* a hyphen at the end */
    "xn--99999999",        /* beyond U+10FFFF */
    "xn--zzzzzzzzzzzzzzz", /* overflow */
    "xn--aa---o47jg78q",   /* hyphens in the third and fourth place */
    "XN--aa---o47jg78q",
    "xn---hello-txk",  /* starts with a hyphen */
    "xn--hello--zed",  /* ends with one */
    "xn----dma",       /* a delimiter with nothing before it */
    "xn--hello-zed",   /* starts with a spacing mark */
    "xn--07jt112bpxg", /* with a nonspacing mark */
    "xn--hello-6bf",   /* with an enclosing mark */
    "xn--chb89f",      /* disallowed: tatweel */
    "xn--07jceefgh4c", /* disallowed: vertical kana marks */
    "xn--al-0ea",
    "xn--l-fda",
    "xn--la-0ea",
    "xn--l-gda", /* a middle dot alone */
    "xn--S-jib3p",
    "xn--wva3j", /* keraia with no Greek */
    "xn--A-2hc5h",
    "xn--5db1e", /* geresh with no Hebrew */
    "xn--A-2hc8h",
    "xn--5db3e", /* gershayim */
    "xn--defabc-k64e",
    "xn--vek",     /* middle dot with no kana or Han */
    "xn--ngb6iyr", /* both kinds of digits */
    "xn--02b508i",
    "xn--1ug", /* ZWJ with no virama */
    "example.xn--99999999",
    "xn--caf\xc3\xa9",
    "xn--en32g",      /* U+110000 */
    "xn--2n7cr9243e", /* behind another */
    "xn--g3902716a",  /* 2^32 + 100: would wrap to that of U+00E4 */
    "xn--ib9b",       /* a surrogate */
    "xn---zca",       /* a delimiter that delimits nothing */
    "xn--a-1mc799q",  /* ZWNJ among Latin letters */
    "xn--e28h",       /* a symbol, U+1F600 */
    "xn--gba",        /* a sign, U+00A9 */
    "xn--cafe-yvc",   /* not in NFC: e with a combining acute */
    "xn--72g",        /* nor is the angstrom sign */
    "xn--0-0hc",      /* right to left, but starts with a digit (RFC 5893) */
    "xn--a-0hc",      /* letters of both directions */
};

Test(format_host, hostname_of_a_labels)
{
    EXPECT_ROWS("hostname", good_labels, true);
    EXPECT_ROWS("hostname", bad_labels, false);
    cr_expect(!idna_is_a_label(SLICE_LIT("xn--")) && !idna_is_a_label(SLICE_LIT("xn--abc-")));
}

Test(format_host, ipv4)
{
    static const char *const valid[] = {"192.168.0.1", "0.0.0.0", "255.255.255.255", "87.10.0.1",
                                        "10.0.10.100"};
    static const char *const invalid[] = {"",
                                          "127.0.0.0.1",
                                          "256.256.256.256",
                                          "127.0",
                                          "0x7f000001",
                                          "2130706433",
                                          "087.10.0.1",
                                          "01.0.0.1",
                                          "1.0.0.00",
                                          "1\xe0\xa7\xa8"
                                          "7.0.0.1",
                                          "192.168.1.0/24",
                                          " 1.2.3.4",
                                          "1.2.3.4 ",
                                          "1.2.3.4\n",
                                          "1.2.3.",
                                          ".1.2.3",
                                          "1..2.3",
                                          "1.2.3.4.",
                                          "1.2.3.-4",
                                          "1.2.3.+4",
                                          "1.2.3.256",
                                          "1.2.3.4294967297",
                                          "1.2.3.1000",
                                          "1.2.3.a",
                                          "::1",
                                          "0x1.2.3.4"};

    EXPECT_ROWS("ipv4", valid, true);
    EXPECT_ROWS("ipv4", invalid, false);
}

Test(format_host, ipv6)
{
    static const char *const valid[] = {"::1",
                                        "::",
                                        "::abef",
                                        "::42:ff:1",
                                        "d6::",
                                        "1:d6::42",
                                        "1::d6:192.168.0.1",
                                        "::ffff:192.168.0.1",
                                        "::1.2.3.4",
                                        "1:2:3:4:5:6:7:8",
                                        "1:2:3:4:5:6:7::",
                                        "::2:3:4:5:6:7:8",
                                        "1:2:3::5:6:7:8",
                                        "1:2:3:4:5:6:1.2.3.4",
                                        "1:2:3:4:5::1.2.3.4",
                                        "1000:1000:1000:1000:1000:1000:255.255.255.255",
                                        "2001:DB8::FfFf",
                                        "0000:0000:0000:0000:0000:0000:0000:0000"};
    static const char *const invalid[] = {"",
                                          ":",
                                          ":::",
                                          "12345::",
                                          "::abcef",
                                          "1:1:1:1:1:1:1:1:1:1:1:1:1:1:1:1",
                                          "::laptop",
                                          ":2:3:4:5:6:7:8",
                                          "1:2:3:4:5:6:7:",
                                          "1:2:3:4:5:6:7:8:",
                                          ":2:3:4::8",
                                          "::1:",
                                          "1::d6::42",
                                          "1:2:3:4:5:::8",
                                          "1:2:3:4:5:6:7",
                                          "1:2:3:4:5:6:7:8:9",
                                          "1:2:3:4:5:6:7:8::",
                                          "1:2:3:4::5:6:7:8",
                                          "1",
                                          "127.0.0.1",
                                          "1::2:192.168.256.1",
                                          "1::2:192.168.ff.1",
                                          "1:2:3:4:1.2.3",
                                          "1:2:3:4:5:6:7:1.2.3.4",
                                          "1:2:3:4:5::6:1.2.3.4",
                                          "::1.2.3.4:5",
                                          "::01.2.3.4",
                                          "::1.2.3.4.",
                                          "::.1.2.3",
                                          "  ::1",
                                          "::1  ",
                                          "fe80::/64",
                                          "fe80::a%eth1",
                                          "fe80::a%25eth1",
                                          "[::1]",
                                          "100:100:100:100:100:100:255.255.255.255.255",
                                          "100:100:100:100:100:100:100:255.255.255.255",
                                          "1:2:3:4:5:6:7:\xe0\xa7\xaa",
                                          "1:2::192.16\xe0\xa7\xaa.0.1"};

    EXPECT_ROWS("ipv6", valid, true);
    EXPECT_ROWS("ipv6", invalid, false);
}

#define LOCAL_64 TEN("abcdef") "abcd"
#define DOMAIN_189 LABEL_63 "." LABEL_63 "." TEN("abcdef") "a"

Test(format_host, email)
{
    static const char *const valid[] = {"joe.bloggs@example.com",
                                        "te~st@example.com",
                                        "~test@example.com",
                                        "test~@example.com",
                                        "te.s.t@example.com",
                                        "!#$%&'*+-/=?^_`{|}~@example.com",
                                        "a@b",
                                        "\"joe bloggs\"@example.com",
                                        "\"joe..bloggs\"@example.com",
                                        "\"joe@bloggs\"@example.com",
                                        "\"a\\\"b\\\\c\\ d\"@example.com",
                                        "\"\"@example.com",
                                        "joe.bloggs@[127.0.0.1]",
                                        "joe.bloggs@[IPv6:::1]",
                                        "joe.bloggs@[ipv6:2001:db8::1.2.3.4]",
                                        "a@xn--caf-dma.example",
                                        "1@1.example",
                                        LOCAL_64 "@" DOMAIN_189};
    static const char *const invalid[] = {"",
                                          "@",
                                          "2962",
                                          "a@",
                                          "@b",
                                          ".test@example.com",
                                          "test.@example.com",
                                          "te..st@example.com",
                                          "joe bloggs@example.com",
                                          "joe@bloggs@example.com",
                                          "\"joe\"bloggs@example.com",
                                          "\"joe@example.com",
                                          "\"joe\\\"@example.com",
                                          "\"joe\n\"@example.com",
                                          "\"joe\\\x7f\"@example.com",
                                          "\"\xc3\xa9\"@example.com",
                                          "\"",
                                          "\"\\",
                                          "joe.bloggs@invalid=domain.com",
                                          "joe.bloggs@-a.com",
                                          "joe.bloggs@a_b.com",
                                          "joe.bloggs@example.com.",
                                          "joe.bloggs@[127.0.0.300]",
                                          "joe.bloggs@[::1]",
                                          "joe.bloggs@[IPv6:1]",
                                          "joe.bloggs@[IPv6:]",
                                          "joe.bloggs@[127.0.0.1",
                                          "joe.bloggs@[127.0.0.1x",
                                          "joe.bloggs@[127.0.0.1]x",
                                          "joe.bloggs@[]",
                                          "joe.bloggs@[",
                                          "joe.bloggs@[x400:c=de]",
                                          "joe.bloggs@127.0.0.1",
                                          "joe.bloggs@xn--99999999",
                                          "j\xc3\xb6@example.com",
                                          "user1@oceania.org, user2@oceania.org",
                                          "\"Winston Smith\" <winston.smith@recdep.minitrue>",
                                          "<a@b>",
                                          " a@b",
                                          "a@b ",
                                          LOCAL_64 "e@b",
                                          LOCAL_64 "@" DOMAIN_189 "b"};

    cr_assert(strlen(LOCAL_64 "@" DOMAIN_189) == 254);
    EXPECT_ROWS("email", valid, true);
    EXPECT_ROWS("email", invalid, false);
}
