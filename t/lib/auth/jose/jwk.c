/* SPDX-License-Identifier: MIT */
#include "lib/auth/jose/jwk.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/auth/jose/signature.h"
#include "lib/core/json/jget.h"
#include "t/lib/auth/jose/jose_fixture.h"

#define RSA_1024                                                                                   \
    "'kty':'RSA','e':'AQAB','n':'rJBIp6T1YK-RtPyvYqFFlcucqewSAA_IReSFchE8qyiQrbARqRlXWkB2DR8j_p"   \
    "JQnIpYELbQWZC5Cd0PTGAU8rMbar2AW6zpmBbi7aQf17lUBdt8XI9M9rq7FPVQ1dDdUXm1SVH_9qqWhvMPR422SbfHBE" \
    "zCAtzK0ANDRo6qz78'"

Test(jwk, reads)
{
    static const struct {
        const char *json;
        enum jose_alg alg;
        bool can_sign;
    } rows[] = {
        {"{" JOSE_OCT "}", JOSE_HS256, true},
        {"{" JOSE_RSA "}", JOSE_RS256, false},
        {"{" JOSE_RSA ",'alg':'PS256'}", JOSE_PS256, false},
        {"{" JOSE_RSA ",'use':'sig','key_ops':['verify'],'x5c':['any'],'x5t':1}", JOSE_RS256,
         false},
        {"{'kty':'RSA','n':'" JOSE_RSA_N "','e':'Aw'}", JOSE_RS256, false},
        {"{" JOSE_EC "}", JOSE_ES256, false},
        {"{" JOSE_EC "," JOSE_EC_D "}", JOSE_ES256, true},
        {"{" JOSE_EC "," JOSE_EC_D ",'key_ops':['sign','verify']}", JOSE_ES256, true},
        {"{" JOSE_EC "," JOSE_EC_D ",'key_ops':['verify']}", JOSE_ES256, false},
        {"{" JOSE_ED "}", JOSE_EdDSA, false},
        {"{" JOSE_ED "," JOSE_ED_D ",'alg':'EdDSA'}", JOSE_EdDSA, true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jwk *key = jose_key(rows[i].json);

        cr_expect(jwk_alg(key) == rows[i].alg, "%s", rows[i].json);
        cr_expect(jwk_can_sign(key) == rows[i].can_sign, "%s", rows[i].json);
        jwk_free(&key);
        cr_expect(!key);
    }
}

static const struct {
    const char *json, *why;
} bad_keys[] = {
    {"[]", "(kty)"},
    {"null", "(kty)"},
    {"{}", "(kty)"},
    {"{'kty':'oct'}", "(k)"},
    {"{'kty':'OCT','k':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'}", "(kty)"},
    {"{'kty':1}", "(kty)"},
    {"{'kty':'oct','k':null}", "(k)"},
    {"{'kty':'oct','k':''}", "(k)"},
    {"{'kty':'oct','k':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg'}", "shorter"},
    {"{'kty':'oct','k':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9'}", "(k)"},
    {"{'kty':'oct','k':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='}", "(k)"},
    {"{'kty':'oct','k':'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd+h8'}", "(k)"},
    {"{" JOSE_OCT ",'alg':'HS384'}", "shorter"},
    {"{" JOSE_OCT ",'alg':'HS512'}", "shorter"},
    {"{" JOSE_OCT ",'alg':'none'}", "(alg)"},
    {"{" JOSE_OCT ",'alg':'hs256'}", "(alg)"},
    {"{" JOSE_OCT ",'alg':'RS256'}", "(alg)"},
    {"{" JOSE_OCT ",'alg':'A256GCM'}", "(alg)"},
    {"{" JOSE_OCT ",'alg':'HS256\\u0000'}", "(alg)"},
    {"{" JOSE_OCT ",'alg':null}", "(alg)"},
    {"{" JOSE_OCT ",'use':'enc'}", "not for signatures"},
    {"{" JOSE_OCT ",'use':null}", "not for signatures"},
    {"{" JOSE_OCT ",'key_ops':['encrypt']}", "not for signatures"},
    {"{" JOSE_OCT ",'key_ops':[]}", "not for signatures"},
    {"{" JOSE_OCT ",'key_ops':'sign'}", "not for signatures"},
    {"{" JOSE_OCT ",'kid':''}", "(kid)"},
    {"{" JOSE_OCT ",'kid':1}", "(kid)"},
    {"{" JOSE_OCT ",'kid':'a\\u0000b'}", "(kid)"},
    {"{" RSA_1024 "}", "2048"},
    {"{'kty':'RSA','e':'AQAB'}", "missing"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N "'}", "missing"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N "','e':'AQ'}", "(e)"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N "','e':'Ag'}", "(e)"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N "','e':'AAEAAQ'}", "malformed"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N "','e':'AQAAAAAAAAAB'}", "(e)"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N "AA','e':'AQAB'}", "even"},
    {"{'kty':'RSA','n':'" JOSE_RSA_N JOSE_RSA_N JOSE_RSA_N JOSE_RSA_N JOSE_RSA_N "','e':'AQAB'}",
     "malformed"},
    {"{" JOSE_RSA ",'d':'AQ'}", "does not match"},
    {"{" JOSE_RSA ",'d':null}", "missing"},
    {"{" JOSE_RSA ",'d':'AQ','p':'AQ'}", "missing"},
    {"{" JOSE_RSA ",'oth':[]}", "two primes"},
    {"{" JOSE_RSA ",'alg':'ES256'}", "(alg)"},
    {"{'kty':'EC','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y "'}", "(crv)"},
    {"{'kty':'EC','crv':'P-521','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y "'}", "(crv)"},
    {"{'kty':'EC','crv':'Ed25519','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y "'}", "(crv)"},
    {"{'kty':'EC','crv':'P-384','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y "'}", "wrong length"},
    {"{'kty':'EC','crv':'P-256','x':'" JOSE_EC_X "'}", "wrong length"},
    {"{'kty':'EC','crv':'P-256','x':'" JOSE_EC_X "','y':'AA'}", "wrong length"},
    {"{'kty':'EC','crv':'P-256','x':'" JOSE_EC_Y "','y':'" JOSE_EC_X "'}", "not on the curve"},
    {"{'kty':'EC','crv':'P-256','x':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','y':"
     "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}",
     "not on the curve"},
    {"{" JOSE_EC ",'alg':'ES384'}", "(alg)"},
    {"{" JOSE_EC ",'d':'AQ'}", "wrong length"},
    {"{" JOSE_EC ",'d':null}", "wrong length"},
    {"{" JOSE_EC ",'d':'" JOSE_EC_X "'}", "does not match"},
    {"{" JOSE_EC ",'d':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}", ""},
    {"{" JOSE_EC ",'d':'_____________________________________________'}", ""},
    {"{'kty':'OKP','crv':'Ed448','x':'" JOSE_EC_X "'}", "(crv)"},
    {"{'kty':'OKP','crv':'X25519','x':'" JOSE_EC_X "'}", "(crv)"},
    {"{'kty':'OKP','crv':'Ed25519','x':'AA'}", "32 bytes"},
    {"{'kty':'OKP','crv':'Ed25519','x':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'7P_______________________________________38'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'7f_______________________________________38'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'7v_______________________________________38'}",
     "small order"},
    {"{'kty':'OKP','crv':'Ed25519','x':'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIA'}",
     "small order"},
    {"{" JOSE_ED ",'d':'AA'}", "32 bytes"},
    {"{" JOSE_ED ",'d':'" JOSE_EC_X "'}", "does not match"},
    {"{" JOSE_ED ",'alg':'ES256'}", "(alg)"},
};

Test(jwk, refuses)
{
    for (size_t i = 0; i < sizeof(bad_keys) / sizeof(*bad_keys); i++) {
        struct json_object *json = jose_json(bad_keys[i].json);
        struct fault fault = {0};
        struct jwk *key = jwk_read(json, &fault);

        cr_expect(!key && strstr(fault.text, bad_keys[i].why), "%s: %s", bad_keys[i].json,
                  fault.text);
        jwk_free(&key);
        json_object_put(json);
    }
}

/* RFC 7638, 3.1; RFC 8037, A.3; what is given wins. */
Test(jwk, has_an_id)
{
    static const struct {
        const char *json, *want;
    } rows[] = {
        {"{'kty':'RSA','e':'AQAB','alg':'RS256','n':'0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM7"
         "8LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-"
         "5JsGY4Hc5n9"
         "yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_"
         "FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvR"
         "L5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
         "xBniIqbw0Ls1jF44"
         "-csFCur-kEgU8awapJzKnqDKgw'}",
         "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
        {"{" JOSE_ED "}", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
        {"{" JOSE_ED "," JOSE_ED_D "}", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"},
        {"{" JOSE_ED ",'kid':'2026'}", "2026"},
        /* HMAC-SHA256 of "leat kid", 16 bytes */
        {"{" JOSE_OCT "}", "e3MGhHUoNrPSYFZSAku9Wg"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jwk *key = jose_key(rows[i].json);

        cr_expect_str_eq(jwk_kid(key), rows[i].want, "%s", jwk_kid(key));
        jwk_free(&key);
    }
}

/* A written key has no unknown members, and reads back as the same key. */
Test(jwk, is_written)
{
    static const struct {
        const char *json, *public, *private;
    } rows[] = {
        {"{" JOSE_OCT ",'kid':'a','x':'y'}", NULL,
         "{" JOSE_OCT ",'kid':'a','alg':'HS256','use':'sig'}"},
        {"{" JOSE_ED "," JOSE_ED_D ",'kid':'a','ext':true}",
         "{'crv':'Ed25519','kty':'OKP','x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo','kid':'a',"
         "'alg':'EdDSA','use':'sig'}",
         "{'crv':'Ed25519','kty':'OKP','x':'11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'," JOSE_ED_D
         ",'kid':'a','alg':'EdDSA','use':'sig'}"},
        {"{" JOSE_EC ",'p':'secret','k':'secret','kid':'a'}",
         "{'crv':'P-256','kty':'EC','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y
         "','kid':'a','alg':'ES256','use':'sig'}",
         "{'crv':'P-256','kty':'EC','x':'" JOSE_EC_X "','y':'" JOSE_EC_Y
         "','kid':'a','alg':'ES256','use':'sig'}"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jwk *key = jose_key(rows[i].json);
        struct json_object *written[] = {jwk_public(key), jwk_private(key)};
        const char *want[] = {rows[i].public, rows[i].private};

        for (int k = 0; k < 2; k++) {
            struct json_object *json = want[k] ? jose_json(want[k]) : NULL;

            cr_expect(json_object_equal(written[k], json), "%s",
                      json_object_to_json_string(written[k]));
            json_object_put(written[k]);
            json_object_put(json);
        }
        jwk_free(&key);
    }
}

Test(jwk, is_generated)
{
    for (enum jose_alg alg = JOSE_UNSAID + 1; alg < JOSE_COUNT; alg++) {
        struct jwk *key = jwk_generate(alg), *other;
        struct json_object *private = jwk_private(key), *public = jwk_public(key);
        unsigned char out[SIGNATURE_MAX];
        struct fault fault = {0};
        size_t len;

        cr_expect(jwk_alg(key) == alg && jwk_can_sign(key));
        cr_expect(signature_make(key, SLICE_LIT("text"), out, &len));
        other = jwk_read(public ? public : private, &fault);
        cr_assert(other, "%s", fault.text);
        cr_expect_str_eq(jwk_kid(other), jwk_kid(key));
        cr_expect(jwk_can_sign(other) == !public);
        cr_expect(signature_is_valid(other, SLICE_LIT("text"), (struct slice){(char *)out, len}));
        cr_expect(!signature_is_valid(other, SLICE_LIT("test"), (struct slice){(char *)out, len}));
        out[len / 2] ^= 1;
        cr_expect(!signature_is_valid(other, SLICE_LIT("text"), (struct slice){(char *)out, len}));
        cr_expect(!public || !jget(public, "d"));
        json_object_put(private);
        json_object_put(public);
        jwk_free(&key);
        jwk_free(&other);
    }
}
