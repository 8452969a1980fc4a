/* SPDX-License-Identifier: MIT */
/* jwt.h and jws.h: valid and invalid tokens. */
#include "lib/auth/jose/jwt.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/text/base64.h"
#include "lib/auth/jose/signature.h"
#include "t/lib/auth/jose/jose_fixture.h"

enum { NOW = 1300819380 }; /* the time of RFC 7515's examples */

/* RFC 7515, A.1 to A.5: the claims of all examples. */
#define JOE                                                                                        \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"  \
    "VlfQ."
#define JOE_HS256                                                                                  \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

/* RFC 7515, appendix A. */
Test(jwt, agrees_with_the_standard)
{
    static const struct {
        const char *key, *token;
        enum jwt_fault want;
    } rows[] = {
        {"{" JOSE_OCT64 "}", JOE_HS256, JWT_OK},
        {"{" JOSE_OCT64 ",'alg':'HS512'}", JOE_HS256, JWT_KEY},
        {"{" JOSE_OCT "}", JOE_HS256, JWT_SIGNATURE},
        {"{" JOSE_RSA "}",
         "eyJhbGciOiJSUzI1NiJ9" JOE
         "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W"
         "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkS"
         "jtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnv"
         "Wh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
         JWT_OK},
        {"{" JOSE_EC "}",
         "eyJhbGciOiJFUzI1NiJ9" JOE
         "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
         JWT_OK},
        {"{" JOSE_EC "}",
         "eyJhbGciOiJFUzI1NiJ9" JOE
         "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1QA",
         JWT_SIGNATURE},
        {"{" JOSE_EC "}", "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh", JWT_ALG},
        {"{" JOSE_EC "}", "eyJhbGciOiJub25lIn0" JOE, JWT_ALG},
        /* RFC 8037, A.4: not JSON, so only the signature is valid */
        {"{" JOSE_ED "}",
         "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PG"
         "cvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
         JWT_MALFORMED},
        {"{" JOSE_ED "}",
         "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PG"
         "cvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAA",
         JWT_SIGNATURE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct keyset *keys = jose_keys(rows[i].key);
        enum jwt_fault fault = jose_verify(keys, rows[i].token, NOW - 1);

        cr_expect(fault == rows[i].want, "%s: %s", rows[i].token, jwt_fault_text(fault));
        keyset_free(&keys);
    }
}

/* PS256 of another implementation, with a salt as long as the digest, and a shorter one. */
Test(jwt, takes_one_length_of_salt)
{
    static const struct {
        const char *token;
        enum jwt_fault want;
    } rows[] = {
        {"eyJhbGciOiJQUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9.fe9uPTgOq5PylN3-ZcvXLlYqnzeyHT5vxquco-xD"
         "ASS0qj0_uYzQyaHw9JWp456ZX4VV2-3JXulxWoU3CUdQ2LBbGP_lhZdT30dTffZ8I14nFM3qmxsbwvyCtXYp78"
         "mHwfLQorwY3qHrESirux1a65SPOc07FErGWmUj-v8f3SUrf5Ez9ExIry6vI2LDTuLEPVLtiYptjNFzjgsshxIC"
         "KK5s2cNEvjCKfmzcJP6go0Kpo9zKLcgG01DvYh9BkwUst2aPRXmxIWsmKwFyj0errLTXnuNT-0TVzXZ9Xp7rD3"
         "h6gQbllSnWJErQAjnvZHOFYezVY7rJLv50mJ8dLOKEqg",
         JWT_OK},
        {"eyJhbGciOiJQUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9.XyOrjp_ZWLF3pmbPrioBCJL-aYvHwWvCym718sQu"
         "2U5nv1SZSCGCXBbcug9okTT7isYKDbj0UO9DZEjaVTOccgcNzLYglFylyX_cUFlVxt6onLbEc_py4vz-Juc4YO"
         "3jur1UcoqCX6OfI6JIBL3VvNl8IqwEEHRVgpZhWPDAoLZsKjIkuQwWSboxo6BKt_VV5ITQzfOhJluIsUcnCZd_"
         "qA7lPjiGkP68vaIN3bjxUiv34M5MNrv0CtkEhA8iw65Dmp-zpRO-rJ6J2Hs5yhiYq_wFxYMNA_E4JwZtR-iYwz"
         "B4hblNYwPH1602Ld5T9PkMXzmxKz2tEtMSmVg0iRb2uQ",
         JWT_SIGNATURE}};
    struct keyset *keys = keyset_new();
    struct fault fault = {0};

    keyset_add(keys, jwk_read_pem(SLICE_LIT(JOSE_PEM_RSA_PUBLIC), NULL, JOSE_PS256, &fault));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(jose_verify(keys, rows[i].token, 0) == rows[i].want, "%zu", i);
    keyset_free(&keys);
}

/* Each is signed correctly: only the header decides. */
static const struct {
    const char *header, *type;
    enum jwt_fault want;
} header_rows[] = {
    {"{'alg':'HS256'}", NULL, JWT_OK},
    {" {'alg' : 'HS256' }\n", NULL, JWT_OK},
    {"{'alg':'HS256','kid':'a'}", NULL, JWT_OK},
    {"{'alg':'HS256','kid':'A'}", NULL, JWT_KEY},
    {"{'alg':'HS256','kid':''}", NULL, JWT_KEY},
    {"{'alg':'HS256','kid':'a\\u0000'}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256','kid':1}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256','kid':null}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256','cty':'JWT','x5c':['AA'],'x5t':'AA','other':{}}", NULL, JWT_OK},
    {"{'alg':'HS384'}", NULL, JWT_KEY},
    {"{'alg':'RS256'}", NULL, JWT_KEY},
    {"{'alg':'hs256'}", NULL, JWT_ALG},
    {"{'alg':'HS256 '}", NULL, JWT_ALG},
    {"{'alg':'HS256\\u0000'}", NULL, JWT_MALFORMED},
    {"{'alg':''}", NULL, JWT_ALG},
    {"{'alg':'none'}", NULL, JWT_ALG},
    {"{'alg':'None'}", NULL, JWT_ALG},
    {"{'alg':'NONE'}", NULL, JWT_ALG},
    {"{'alg':['HS256']}", NULL, JWT_MALFORMED},
    {"{'alg':null}", NULL, JWT_MALFORMED},
    {"{}", NULL, JWT_MALFORMED},
    {"", NULL, JWT_MALFORMED},
    {"[]", NULL, JWT_MALFORMED},
    {"null", NULL, JWT_MALFORMED},
    {"'HS256'", NULL, JWT_MALFORMED},
    {"{'alg':'HS256'", NULL, JWT_MALFORMED},
    {"{'alg':'HS256'}}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256'}{}", NULL, JWT_MALFORMED},
    {"{'alg':'none','alg':'HS256'}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256','a':[[[[[[[]]]]]]]}", NULL, JWT_OK},
    {"{'alg':'HS256','a':[[[[[[[[]]]]]]]]}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256','crit':[]}", NULL, JWT_CRITICAL},
    {"{'alg':'HS256','crit':['exp'],'exp':1}", NULL, JWT_CRITICAL},
    {"{'alg':'HS256','crit':null}", NULL, JWT_CRITICAL},
    {"{'alg':'HS256','b64':false}", NULL, JWT_CRITICAL},
    {"{'alg':'HS256','b64':true}", NULL, JWT_CRITICAL},
    {"{'alg':'HS256','jwk':{" JOSE_OCT "}}", NULL, JWT_LEADS_TO_KEY},
    {"{'alg':'HS256','jku':'https://example.org/'}", NULL, JWT_LEADS_TO_KEY},
    {"{'alg':'HS256','x5u':'https://example.org/'}", NULL, JWT_LEADS_TO_KEY},
    {"{'alg':'HS256','typ':'JWT'}", NULL, JWT_OK},
    {"{'alg':'HS256','typ':'jwt'}", NULL, JWT_OK},
    {"{'alg':'HS256','typ':'at+jwt'}", NULL, JWT_OK},
    {"{'alg':'HS256','typ':'rt+jwt'}", NULL, JWT_TYPE},
    {"{'alg':'HS256','typ':''}", NULL, JWT_TYPE},
    {"{'alg':'HS256','typ':1}", NULL, JWT_MALFORMED},
    {"{'alg':'HS256','typ':'at+jwt'}", "at+jwt", JWT_OK},
    {"{'alg':'HS256','typ':'AT+JWT'}", "at+jwt", JWT_OK},
    {"{'alg':'HS256','typ':'Application/at+jwt'}", "at+jwt", JWT_OK},
    {"{'alg':'HS256','typ':'application/'}", "at+jwt", JWT_TYPE},
    {"{'alg':'HS256','typ':'text/at+jwt'}", "at+jwt", JWT_TYPE},
    {"{'alg':'HS256','typ':'JWT'}", "at+jwt", JWT_TYPE},
    {"{'alg':'HS256'}", "at+jwt", JWT_TYPE},
};

Test(jwt, checks_the_header)
{
    struct keyset *keys = jose_keys("{" JOSE_OCT ",'kid':'a'}");

    for (size_t i = 0; i < sizeof(header_rows) / sizeof(*header_rows); i++) {
        struct jwt_rules rules = {.keys = keys, .type = header_rows[i].type};
        struct json_object *claims;
        struct buf token = {0};
        enum jwt_fault fault;

        jose_token(keyset_at(keys, 0), header_rows[i].header, "{'exp':1300819380}", &token);
        fault = jwt_verify(&rules, buf_slice(&token), NOW - 1, &claims);
        cr_expect(fault == header_rows[i].want, "%s: %s", header_rows[i].header,
                  jwt_fault_text(fault));
        json_object_put(claims);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

/* One valid token, damaged. */
Test(jwt, has_three_parts_and_one_spelling)
{
    static const struct {
        const char *token;
        enum jwt_fault want;
    } rows[] = {
        {"", JWT_MALFORMED},
        {".", JWT_MALFORMED},
        {"..", JWT_MALFORMED},
        {"...", JWT_MALFORMED},
        {"....", JWT_MALFORMED},
        {"eyJhbGciOiJIUzI1NiJ9", JWT_MALFORMED},
        {"eyJhbGciOiJIUzI1NiJ9.e30", JWT_MALFORMED},
        {"eyJhbGciOiJIUzI1NiJ9.e30.", JWT_SIGNATURE},
        {JOE_HS256 ".", JWT_MALFORMED},
        {JOE_HS256 "=", JWT_MALFORMED},
        {JOE_HS256 " ", JWT_MALFORMED},
        {" " JOE_HS256, JWT_MALFORMED},
        {"=" JOE_HS256, JWT_MALFORMED},
        {"eyJhbGciOiJIUzI1NiJ9=" JOE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", JWT_MALFORMED},
        /* the last character has two spare bits, which must be 0 */
        {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE
         "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl",
         JWT_MALFORMED},
        {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE
         "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX",
         JWT_MALFORMED},
        {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE "dBjftJeZ4CVP-mB92K27ug", JWT_SIGNATURE},
        {"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE
         "dBjftJeZ4CVP+mB92K27uhbUJU1p1r/wW1gFWFOEjXk",
         JWT_MALFORMED},
    };
    struct keyset *keys = jose_keys("{" JOSE_OCT64 "}");

    cr_expect(jose_verify(keys, JOE_HS256, NOW - 1) == JWT_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum jwt_fault fault = jose_verify(keys, rows[i].token, NOW - 1);

        cr_expect(fault == rows[i].want, "%s: %s", rows[i].token, jwt_fault_text(fault));
    }
    keyset_free(&keys);
}

/* The signature is valid, but what it signs cannot be read. */
Test(jwt, has_a_payload_in_base64)
{
    static const char *const rows[] = {"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9=",
                                       "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9 ",
                                       "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9A"};
    struct keyset *keys = jose_keys("{" JOSE_OCT "}");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        unsigned char signature[SIGNATURE_MAX];
        struct buf token = {0};
        size_t len;

        buf_puts(&token, rows[i]);
        cr_assert(signature_make(keyset_at(keys, 0), buf_slice(&token), signature, &len));
        buf_putc(&token, '.');
        base64_put(&token, signature, len);
        cr_expect(jose_verify(keys, buf_text(&token), 0) == JWT_MALFORMED, "%s", rows[i]);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

Test(jwt, bounds_the_token)
{
    struct keyset *keys = jose_keys("{" JOSE_OCT "}");
    struct buf claims = {0}, token = {0};

    buf_puts(&claims, "{'exp':1300819380,'a':'");
    memset(buf_reserve(&claims, JWT_TOKEN_MAX), 'a', JWT_TOKEN_MAX);
    claims.len += 12196;
    buf_puts(&claims, "'}");
    jose_token(keyset_at(keys, 0), "{'alg':'HS256'}", buf_text(&claims), &token);
    cr_assert(token.len <= JWT_TOKEN_MAX && token.len > JWT_TOKEN_MAX - 100, "%zu", token.len);
    cr_expect(jose_verify(keys, buf_text(&token), 0) == JWT_OK);
    while (token.len <= JWT_TOKEN_MAX)
        buf_putc(&token, 'A');
    cr_expect(jose_verify(keys, buf_text(&token), 0) == JWT_SIZE);
    buf_fini(&claims);
    buf_fini(&token);
    keyset_free(&keys);
}

/* What is decoded on the stack. */
Test(jwt, bounds_header_and_signature)
{
    static const struct {
        size_t header, signature;
        enum jwt_fault want;
    } rows[] = {{3072, 43, JWT_OK},          {3073, 43, JWT_MALFORMED},
                {9000, 43, JWT_MALFORMED},   {3072, 1366, JWT_SIGNATURE},
                {3072, 1367, JWT_MALFORMED}, {3072, 9000, JWT_MALFORMED}};
    struct keyset *keys = jose_keys("{" JOSE_OCT "}");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf header = {0}, token = {0};

        buf_printf(&header, "{'alg':'HS256'%*s}", (int)rows[i].header - 15, "");
        jose_token(keyset_at(keys, 0), buf_text(&header), "{'exp':1300819380}", &token);
        if (rows[i].signature != 43)
            token.len -= 43;
        while (rows[i].signature != 43 && token.len < rows[i].signature + 4096 + 26)
            buf_putc(&token, 'A');
        cr_expect(jose_verify(keys, buf_text(&token), 0) == rows[i].want, "%zu", i);
        buf_fini(&header);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

/* The public key is no secret: neither as PEM nor as JWK may it sign for HS256. */
Test(jwt, is_not_confused)
{
    static const char *const headers[] = {"{'alg':'HS256'}", "{'alg':'HS256','kid':'a'}",
                                          "{'alg':'RS256'}", "{'alg':'RS256','kid':'a'}"};
    struct keyset *keys = keyset_new();
    struct fault fault = {0};
    struct jwk *attacker =
        jwk_read_secret(SLICE_LIT(JOSE_PEM_RSA_PUBLIC), NULL, JOSE_HS256, &fault);

    keyset_add(keys, jwk_read_pem(SLICE_LIT(JOSE_PEM_RSA_PUBLIC), "a", JOSE_UNSAID, &fault));
    keyset_add(keys, jose_key("{" JOSE_OCT ",'kid':'b'}"));
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        struct buf token = {0};

        jose_token(attacker, headers[i], "{'exp':1300819380}", &token);
        cr_expect(jose_verify(keys, buf_text(&token), 0), "%s", headers[i]);
        buf_fini(&token);
    }
    jwk_free(&attacker);
    keyset_free(&keys);
}

/* Without a kid each key of the algorithm is tried, up to 16. */
Test(jwt, tries_keys_in_order)
{
    static const struct {
        int before;
        const char *header;
        enum jwt_fault want;
    } rows[] = {{0, "{'alg':'HS256'}", JWT_OK},
                {15, "{'alg':'HS256'}", JWT_OK},
                {16, "{'alg':'HS256'}", JWT_SIGNATURE},
                {16, "{'alg':'HS256','kid':'a'}", JWT_OK},
                {16, "{'alg':'HS256','kid':'b'}", JWT_SIGNATURE},
                {16, "{'alg':'HS256','kid':'c'}", JWT_KEY}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct keyset *keys = keyset_new();
        struct buf token = {0};

        for (int k = 0; k < rows[i].before; k++)
            keyset_add(keys, jose_key("{" JOSE_OCT64 ",'kid':'b'}"));
        keyset_add(keys, jose_key("{" JOSE_OCT ",'kid':'a'}"));
        jose_token(keyset_at(keys, keyset_count(keys) - 1), rows[i].header, "{'exp':1300819380}",
                   &token);
        cr_expect(jose_verify(keys, buf_text(&token), 0) == rows[i].want, "%zu", i);
        buf_fini(&token);
        keyset_free(&keys);
    }
}
