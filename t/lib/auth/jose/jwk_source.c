/* SPDX-License-Identifier: MIT */
/* jwk.h: keys in other formats than JWK. */
#include "lib/auth/jose/jwk.h"

#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/auth/jose/jose_fixture.h"

#define EC_SEC1                                                                                    \
    "-----BEGIN EC PARAMETERS-----\n"                                                              \
    "BggqhkjOPQMBBw==\n"                                                                           \
    "-----END EC PARAMETERS-----\n"                                                                \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHcCAQEEICPdEGVf1SfG/MiLciPLfwtNbA+aCawJQ03mpLLRgqFFoAoGCCqGSM49\n"                           \
    "AwEHoUQDQgAE2KGAOP71EnJk1nPjfuU0bFHTncwhRAOsRS2LpuDTGtqJDm9l63TZ\n"                           \
    "d1fXElAgaQmjdrbPON6WH9YVEYMffw64IA==\n"                                                       \
    "-----END EC PRIVATE KEY-----\n"
#define EC_PKCS8                                                                                   \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgI90QZV/VJ8b8yIty\n"                           \
    "I8t/C01sD5oJrAlDTeakstGCoUWhRANCAATYoYA4/vUScmTWc+N+5TRsUdOdzCFE\n"                           \
    "A6xFLYum4NMa2okOb2XrdNl3V9cSUCBpCaN2ts843pYf1hURgx9/Drgg\n"                                   \
    "-----END PRIVATE KEY-----\n"
#define EC_PUBLIC                                                                                  \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2KGAOP71EnJk1nPjfuU0bFHTncwh\n"                           \
    "RAOsRS2LpuDTGtqJDm9l63TZd1fXElAgaQmjdrbPON6WH9YVEYMffw64IA==\n"                               \
    "-----END PUBLIC KEY-----\n"
#define EC_CERTIFICATE                                                                             \
    "-----BEGIN CERTIFICATE-----\n"                                                                \
    "MIIBbjCCAROgAwIBAgIUa2GJi7NIf5DamKy7LAZibxkPCKUwCgYIKoZIzj0EAwIw\n"                           \
    "DDEKMAgGA1UEAwwBdDAeFw0yNjExMjcxNDU3MDdaFw0yNjEyMDcxNDU3MDdaMAwx\n"                           \
    "CjAIBgNVBAMMAXQwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATYoYA4/vUScmTW\n"                           \
    "c+N+5TRsUdOdzCFEA6xFLYum4NMa2okOb2XrdNl3V9cSUCBpCaN2ts843pYf1hUR\n"                           \
    "gx9/Drggo1MwUTAdBgNVHQ4EFgQUTqyuyOwo8PJ/mAjCyTL9Fs31e5gwHwYDVR0j\n"                           \
    "BBgwFoAUTqyuyOwo8PJ/mAjCyTL9Fs31e5gwDwYDVR0TAQH/BAUwAwEB/zAKBggq\n"                           \
    "hkjOPQQDAgNJADBGAiEAoraJyhRtIG8zFeR8QhC415560q2ywqs6qi/+WTSl0vYC\n"                           \
    "IQCM3blB+mQ5e6HXsMBTL3tEgkfXcQ/JxYbLZ5qKKjQwdA==\n"                                           \
    "-----END CERTIFICATE-----\n"
#define EC_ENCRYPTED                                                                               \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "Proc-Type: 4,ENCRYPTED\n"                                                                     \
    "DEK-Info: AES-128-CBC,A68C932A77F7F99C90315CC4BBEDE0EF\n"                                     \
    "\n"                                                                                           \
    "k8jcxi0rPREZJiwyefZbwMjGdis+fVWTm4zhsYPvN6WIhhMa60TeJmofAb24uxHw\n"                           \
    "n9KSMLEa0IUCpUQymxKVDLjErhwaDQoFlk0IrnZ8H6PqFqnv4k8+gZj37JBSwZP6\n"                           \
    "NBpTHDXHsxsy359abXr2I/x16SSlHnXQEWFLZcyY2g0=\n"                                               \
    "-----END EC PRIVATE KEY-----\n"
#define EC_PKCS8_ENCRYPTED                                                                         \
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                                                      \
    "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiQ8PWYfVvrhQICCAAw\n"                           \
    "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHNk58TXyCohZMF5SL3f318EgZCR\n"                           \
    "mT+27B4aHof53sU0dWhePp6BByZKnlJfUBgTRU5BNCH+2bn6fxanuQbwVrqczAUp\n"                           \
    "nDPlQMFRQUmt/wEFwOTupsb6hAmVUpu4Hc8srLRWOUi4Wj2wUu6B/BmR6AnTZZ6a\n"                           \
    "KYUVdU5CAZyUQi2mppqX3vKqBSaQkbLbbg0X0D/odVawuJYCsp4mPMXq0luNsKU=\n"                           \
    "-----END ENCRYPTED PRIVATE KEY-----\n"
#define ED                                                                                         \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MC4CAQAwBQYDK2VwBCIEIAYoQkgwsijzBizP8jsfYHsbNyeQdPKkQC8QYVq0emrF\n"                           \
    "-----END PRIVATE KEY-----\n"
#define K1                                                                                         \
    "-----BEGIN EC PRIVATE KEY-----\n"                                                             \
    "MHQCAQEEIIVfbFsBchJIJan+5K4hZ5ITn9fT7Xv+z0Ismj7lCSEPoAcGBSuBBAAK\n"                           \
    "oUQDQgAEzWOYS58DGCfmtu5ECsSxHCokHerm2bJTAVrh/DDyrN72b1LRo29S4kxK\n"                           \
    "AJE4YOwiuyGa3aJUsPjNSvbhyV7lYg==\n"                                                           \
    "-----END EC PRIVATE KEY-----\n"

/* One key in every packaging. */
Test(jwk_source, reads_pem)
{
    static const struct {
        const char *pem;
        enum jose_alg want;
        bool can_sign;
        const char *kid;
    } rows[] = {
        {EC_SEC1, JOSE_ES256, true, "nsagidPm8VdXLRjMpHeM6SW3o4OiasCwhC3Pel2Gz8Y"},
        {EC_PKCS8, JOSE_ES256, true, "nsagidPm8VdXLRjMpHeM6SW3o4OiasCwhC3Pel2Gz8Y"},
        {EC_PUBLIC, JOSE_ES256, false, "nsagidPm8VdXLRjMpHeM6SW3o4OiasCwhC3Pel2Gz8Y"},
        {EC_CERTIFICATE, JOSE_ES256, false, "nsagidPm8VdXLRjMpHeM6SW3o4OiasCwhC3Pel2Gz8Y"},
        {"some text before\n" EC_PUBLIC "and behind", JOSE_ES256, false,
         "nsagidPm8VdXLRjMpHeM6SW3o4OiasCwhC3Pel2Gz8Y"},
        {ED, JOSE_EdDSA, true, "GzhgGZ22ksg8aV6dKCPKfx4yFTsCZpGar1Yy23pIhts"},
        {JOSE_PEM_RSA, JOSE_RS256, true, "qQnilpLNqjv4qsAQ2iHPOMUtlrpXju0CoVj1ZkQ2ePM"},
        {JOSE_PEM_RSA_PUBLIC, JOSE_RS256, false, "qQnilpLNqjv4qsAQ2iHPOMUtlrpXju0CoVj1ZkQ2ePM"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fault fault = {0};
        struct jwk *key = jwk_read_any(slice_of(rows[i].pem), NULL, JOSE_UNSAID, &fault);

        cr_assert(key, "%s: %s", rows[i].pem, fault.text);
        cr_expect(jwk_alg(key) == rows[i].want && jwk_can_sign(key) == rows[i].can_sign);
        cr_expect_str_eq(jwk_kid(key), rows[i].kid, "%s", jwk_kid(key));
        jwk_free(&key);
    }
}

Test(jwk_source, is_told_id_and_algorithm)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char spaced[] = " \n{\"kty\":\"oct\",\"kid\":\"a\",\"k\":"
                                 "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\"}";
    static const struct {
        const char *text, *kid;
        enum jose_alg alg;
        const char *want_kid;
        enum jose_alg want;
    } rows[] = {
        {JOSE_PEM_RSA, "b", JOSE_PS256, "b", JOSE_PS256},
        {secret, "b", JOSE_UNSAID, "b", JOSE_HS256},
        {secret, "b", JOSE_HS384, "b", JOSE_HS384},
        {spaced, NULL, JOSE_UNSAID, "a", JOSE_HS256},
        {spaced, "b", JOSE_HS256, "b", JOSE_HS256},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fault fault = {0};
        struct jwk *key = jwk_read_any(slice_of(rows[i].text), rows[i].kid, rows[i].alg, &fault);

        cr_assert(key, "%zu: %s", i, fault.text);
        cr_expect(jwk_alg(key) == rows[i].want, "%zu", i);
        cr_expect_str_eq(jwk_kid(key), rows[i].want_kid);
        jwk_free(&key);
    }
}

Test(jwk_source, refuses)
{
    static const struct {
        const char *text;
        enum jose_alg alg;
        const char *why;
    } rows[] = {
        {"", JOSE_UNSAID, "32"},
        {"0123456789abcdef0123456789abcde", JOSE_UNSAID, "shorter"},
        {"0123456789abcdef0123456789abcdef", JOSE_HS512, "shorter"},
        {"0123456789abcdef0123456789abcdef", JOSE_RS256, "(alg)"},
        {"{0123456789abcdef0123456789abcdef", JOSE_UNSAID, "member"},
        {"{\"kty\":\"oct\",\"kty\":\"oct\"}", JOSE_UNSAID, "duplicate"},
        {"{\"kty\":\"oct\",\"alg\":\"HS384\"}", JOSE_HS256, "differs"},
        {EC_ENCRYPTED, JOSE_UNSAID, "encrypted"},
        {EC_PKCS8_ENCRYPTED, JOSE_UNSAID, "encrypted"},
        {EC_SEC1 EC_PUBLIC, JOSE_UNSAID, "more than one"},
        {EC_PUBLIC JOSE_PEM_RSA_PUBLIC, JOSE_UNSAID, "more than one"},
        {EC_PUBLIC, JOSE_ES384, "(alg)"},
        {EC_PUBLIC, JOSE_HS256, "(alg)"},
        {K1, JOSE_UNSAID, "cannot be read"},
        {"-----BEGIN PUBLIC KEY-----\n", JOSE_UNSAID, "not PEM"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", JOSE_UNSAID,
         "cannot be read"},
        {"-----BEGIN X-----\nAAAA\n-----END X-----\n", JOSE_UNSAID, "cannot be read"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct fault fault = {0};
        struct jwk *key = jwk_read_any(slice_of(rows[i].text), NULL, rows[i].alg, &fault);

        cr_expect(!key && strstr(fault.text, rows[i].why), "%s: %s", rows[i].text, fault.text);
        jwk_free(&key);
    }
}
