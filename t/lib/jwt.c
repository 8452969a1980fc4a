/* SPDX-License-Identifier: MIT */
/* jwt.h and jws.h: what a token must be. */
#include "lib/auth/jwt.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/auth/base64.h"
#include "lib/auth/signature.h"
#include "t/lib/jose_fixture.h"

enum { NOW = 1300819380 }; /* of RFC 7515's examples */

/* RFC 7515, A.1 to A.5: what all of its examples say. */
#define JOE                                                                                        \
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cn"  \
    "VlfQ."
#define JOE_KEY                                                                                    \
    "'kty':'oct','k':'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwj" \
    "AzZr1Z9CAow'"
#define JOE_HS256                                                                                  \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9" JOE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

static struct keyset *keys_of(const char *key)
{
    struct keyset *set = keyset_new();

    keyset_add(set, jose_key(key));
    return set;
}

static enum jwt_fault verify(const struct keyset *keys, const char *token, int64_t now_s)
{
    struct jwt_rules rules = {.keys = keys};
    struct json_object *claims;
    enum jwt_fault fault = jwt_verify(&rules, slice_of(token), now_s, &claims);

    cr_expect(!fault == !!claims);
    json_object_put(claims);
    return fault;
}

/* RFC 7515, appendix A. */
Test(jwt, agrees_with_the_standard)
{
    static const struct {
        const char *key, *token;
        enum jwt_fault want;
    } rows[] = {
        {"{" JOE_KEY "}", JOE_HS256, JWT_OK},
        {"{" JOE_KEY ",'alg':'HS512'}", JOE_HS256, JWT_KEY},
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
        /* RFC 8037, A.4: no JSON, so the signature is good */
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
        struct keyset *keys = keys_of(rows[i].key);
        enum jwt_fault fault = verify(keys, rows[i].token, NOW - 1);

        cr_expect(fault == rows[i].want, "%s: %s", rows[i].token, jwt_fault_text(fault));
        keyset_free(&keys);
    }
}

/* PS256 of another program, with a salt as long as the digest, and with a shorter one. */
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
    const char *why;

    keyset_add(keys, jwk_read_pem(SLICE_LIT(JOSE_PEM_RSA_PUBLIC), NULL, JOSE_PS256, &why));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(verify(keys, rows[i].token, 0) == rows[i].want, "%zu", i);
    keyset_free(&keys);
}

/* Signed as it should be, each: the header alone decides. */
Test(jwt, checks_the_header)
{
    static const struct {
        const char *header, *type;
        enum jwt_fault want;
    } rows[] = {
        {"{'alg':'HS256'}", NULL, JWT_OK},
        {" {'alg' : 'HS256' }\n", NULL, JWT_OK},
        {"{'alg':'HS256','kid':'a'}", NULL, JWT_OK},
        {"{'alg':'HS256','kid':'A'}", NULL, JWT_KEY},
        {"{'alg':'HS256','kid':''}", NULL, JWT_KEY},
        {"{'alg':'HS256','kid':'a\\u0000'}", NULL, JWT_KEY},
        {"{'alg':'HS256','kid':1}", NULL, JWT_MALFORMED},
        {"{'alg':'HS256','kid':null}", NULL, JWT_MALFORMED},
        {"{'alg':'HS256','cty':'JWT','x5c':['AA'],'x5t':'AA','other':{}}", NULL, JWT_OK},
        {"{'alg':'HS384'}", NULL, JWT_KEY},
        {"{'alg':'RS256'}", NULL, JWT_KEY},
        {"{'alg':'hs256'}", NULL, JWT_ALG},
        {"{'alg':'HS256 '}", NULL, JWT_ALG},
        {"{'alg':'HS256\\u0000'}", NULL, JWT_ALG},
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
    struct keyset *keys = keys_of("{" JOSE_OCT ",'kid':'a'}");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jwt_rules rules = {.keys = keys, .type = rows[i].type};
        struct json_object *claims;
        struct buf token = {0};
        enum jwt_fault fault;

        jose_token(keyset_at(keys, 0), rows[i].header, "{'exp':1300819380}", &token);
        fault = jwt_verify(&rules, buf_slice(&token), NOW - 1, &claims);
        cr_expect(fault == rows[i].want, "%s: %s", rows[i].header, jwt_fault_text(fault));
        json_object_put(claims);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

/* The rules: now 1000, leeway 10, issuer "me", audiences "x" and "y". */
Test(jwt, checks_the_claims)
{
#define GOOD "'iss':'me','aud':'x','exp':1001"
#define EXP "'iss':'me','aud':'x','exp':"
#define AUD "'iss':'me','exp':1001,'aud':"
#define ISS "'aud':'x','exp':1001,'iss':"
    static const struct {
        const char *claims;
        enum jwt_fault want;
    } rows[] = {
        {"{" GOOD "}", JWT_OK},
        {"{" GOOD ",'sub':'s','jti':'j','iat':1000,'nbf':1000}", JWT_OK},
        {"{" EXP "991}", JWT_OK},
        {"{" EXP "990.5}", JWT_OK},
        {"{" EXP "990}", JWT_EXPIRED},
        {"{" EXP "990.0}", JWT_EXPIRED},
        {"{" EXP "0}", JWT_EXPIRED},
        {"{" EXP "-1}", JWT_EXPIRED},
        {"{" EXP "-1e300}", JWT_EXPIRED},
        {"{" EXP "1e300}", JWT_OK},
        {"{" EXP "9223372036854775808}", JWT_OK},
        {"{" EXP "1e999}", JWT_MALFORMED},
        {"{" EXP "'1001'}", JWT_CLAIMS},
        {"{" EXP "true}", JWT_CLAIMS},
        {"{" EXP "null}", JWT_CLAIMS},
        {"{'iss':'me','aud':'x'}", JWT_NO_END},
        {"{" GOOD ",'nbf':1010}", JWT_OK},
        {"{" GOOD ",'nbf':1010.5}", JWT_EARLY},
        {"{" GOOD ",'nbf':'1'}", JWT_CLAIMS},
        {"{" GOOD ",'iat':1010}", JWT_OK},
        {"{" GOOD ",'iat':1011}", JWT_EARLY},
        {"{" GOOD ",'iat':[]}", JWT_CLAIMS},
        {"{" ISS "'Me'}", JWT_ISSUER},
        {"{" ISS "'me/'}", JWT_ISSUER},
        {"{" ISS "'me\\u0000'}", JWT_CLAIMS},
        {"{" ISS "['me']}", JWT_CLAIMS},
        {"{" ISS "''}", JWT_CLAIMS},
        {"{'aud':'x','exp':1001}", JWT_ISSUER},
        {"{" AUD "'y'}", JWT_OK},
        {"{" AUD "['z','y']}", JWT_OK},
        {"{" AUD "'z'}", JWT_AUDIENCE},
        {"{" AUD "'x\\u0000'}", JWT_AUDIENCE},
        {"{" AUD "'xy'}", JWT_AUDIENCE},
        {"{" AUD "['z']}", JWT_AUDIENCE},
        {"{" AUD "[]}", JWT_AUDIENCE},
        {"{" AUD "['x',1]}", JWT_CLAIMS},
        {"{" AUD "{'x':'x'}}", JWT_CLAIMS},
        {"{" AUD "null}", JWT_CLAIMS},
        {"{'iss':'me','exp':1001}", JWT_AUDIENCE},
        {"{" GOOD ",'sub':''}", JWT_CLAIMS},
        {"{" GOOD ",'sub':1}", JWT_CLAIMS},
        {"{" GOOD ",'sub':null}", JWT_CLAIMS},
        {"{" GOOD ",'sub':'admin\\u0000x'}", JWT_CLAIMS},
        {"{" GOOD ",'jti':1}", JWT_CLAIMS},
        {"{" GOOD ",'exp':1001}", JWT_MALFORMED},
        {"{" GOOD "} ", JWT_OK},
        {"{" GOOD "}x", JWT_MALFORMED},
        {"{" GOOD ",'a':[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}", JWT_OK},
        {"{" GOOD ",'a':[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", JWT_MALFORMED},
        {"[]", JWT_MALFORMED},
        {"null", JWT_MALFORMED},
        {"", JWT_MALFORMED},
    };
    static const char *const audiences[] = {"x", "y"};
    struct keyset *keys = keys_of("{" JOSE_OCT "}");
    struct jwt_rules rules = {keys, "me", audiences, 2, NULL, 10, false};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *claims;
        struct buf token = {0};
        enum jwt_fault fault;

        jose_token(keyset_at(keys, 0), "{'alg':'HS256'}", rows[i].claims, &token);
        fault = jwt_verify(&rules, buf_slice(&token), 1000, &claims);
        cr_expect(fault == rows[i].want, "%s: %s", rows[i].claims, jwt_fault_text(fault));
        cr_expect(!fault == !!claims);
        json_object_put(claims);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

Test(jwt, bounds_the_subject)
{
    struct keyset *keys = keys_of("{" JOSE_OCT "}");

    for (int len = 254; len < 258; len++) {
        struct buf claims = {0}, token = {0};

        buf_puts(&claims, "{'exp':1300819380,'sub':'");
        memset(buf_reserve(&claims, 300), 's', (size_t)len);
        claims.len += (size_t)len;
        buf_puts(&claims, "'}");
        jose_token(keyset_at(keys, 0), "{'alg':'HS256'}", buf_text(&claims), &token);
        cr_expect(verify(keys, buf_text(&token), 0) == (len > 255 ? JWT_CLAIMS : JWT_OK), "%d",
                  len);
        buf_fini(&claims);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

/* One good token, damaged. */
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
        /* the last character has two bits over, which must be 0 */
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
    struct keyset *keys = keys_of("{" JOE_KEY "}");

    cr_expect(verify(keys, JOE_HS256, NOW - 1) == JWT_OK);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        enum jwt_fault fault = verify(keys, rows[i].token, NOW - 1);

        cr_expect(fault == rows[i].want, "%s: %s", rows[i].token, jwt_fault_text(fault));
    }
    keyset_free(&keys);
}

/* The signature is good, of what cannot be read. */
Test(jwt, has_a_payload_in_base64)
{
    static const char *const rows[] = {"eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9=",
                                       "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9 ",
                                       "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEzMDA4MTkzODB9A"};
    struct keyset *keys = keys_of("{" JOSE_OCT "}");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        unsigned char signature[SIGNATURE_MAX];
        struct buf token = {0};
        size_t len;

        buf_puts(&token, rows[i]);
        cr_assert(signature_make(keyset_at(keys, 0), buf_slice(&token), signature, &len));
        buf_putc(&token, '.');
        base64_put(&token, signature, len);
        cr_expect(verify(keys, buf_text(&token), 0) == JWT_MALFORMED, "%s", rows[i]);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

Test(jwt, bounds_the_token)
{
    struct keyset *keys = keys_of("{" JOSE_OCT "}");
    struct buf claims = {0}, token = {0};

    buf_puts(&claims, "{'exp':1300819380,'a':'");
    memset(buf_reserve(&claims, JWT_TOKEN_MAX), 'a', JWT_TOKEN_MAX);
    claims.len += 12196;
    buf_puts(&claims, "'}");
    jose_token(keyset_at(keys, 0), "{'alg':'HS256'}", buf_text(&claims), &token);
    cr_assert(token.len <= JWT_TOKEN_MAX && token.len > JWT_TOKEN_MAX - 100, "%zu", token.len);
    cr_expect(verify(keys, buf_text(&token), 0) == JWT_OK);
    while (token.len <= JWT_TOKEN_MAX)
        buf_putc(&token, 'A');
    cr_expect(verify(keys, buf_text(&token), 0) == JWT_SIZE);
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
    struct keyset *keys = keys_of("{" JOSE_OCT "}");

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf header = {0}, token = {0};

        buf_printf(&header, "{'alg':'HS256'%*s}", (int)rows[i].header - 15, "");
        jose_token(keyset_at(keys, 0), buf_text(&header), "{'exp':1300819380}", &token);
        if (rows[i].signature != 43)
            token.len -= 43;
        while (rows[i].signature != 43 && token.len < rows[i].signature + 4096 + 26)
            buf_putc(&token, 'A');
        cr_expect(verify(keys, buf_text(&token), 0) == rows[i].want, "%zu", i);
        buf_fini(&header);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

/* The public key is no secret: neither as PEM nor as JWK does it sign for HS256. */
Test(jwt, is_not_confused)
{
    static const char *const headers[] = {"{'alg':'HS256'}", "{'alg':'HS256','kid':'a'}",
                                          "{'alg':'RS256'}", "{'alg':'RS256','kid':'a'}"};
    struct keyset *keys = keyset_new();
    const char *why;
    struct jwk *attacker = jwk_read_secret(SLICE_LIT(JOSE_PEM_RSA_PUBLIC), NULL, JOSE_HS256, &why);

    keyset_add(keys, jwk_read_pem(SLICE_LIT(JOSE_PEM_RSA_PUBLIC), "a", JOSE_UNSAID, &why));
    keyset_add(keys, jose_key("{" JOSE_OCT ",'kid':'b'}"));
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
        struct buf token = {0};

        jose_token(attacker, headers[i], "{'exp':1300819380}", &token);
        cr_expect(verify(keys, buf_text(&token), 0), "%s", headers[i]);
        buf_fini(&token);
    }
    jwk_free(&attacker);
    keyset_free(&keys);
}

/* Without a kid each key of the algorithm is tried, 16 of them. */
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
            keyset_add(keys, jose_key("{" JOE_KEY ",'kid':'b'}"));
        keyset_add(keys, jose_key("{" JOSE_OCT ",'kid':'a'}"));
        jose_token(keyset_at(keys, keyset_count(keys) - 1), rows[i].header, "{'exp':1300819380}",
                   &token);
        cr_expect(verify(keys, buf_text(&token), 0) == rows[i].want, "%zu", i);
        buf_fini(&token);
        keyset_free(&keys);
    }
}

/* By every algorithm; and what was signed by another one is not taken. */
Test(jwt, signs)
{
    static const struct {
        const char *key, *pem;
        enum jose_alg alg;
    } rows[] = {
        {"{" JOSE_OCT "}", NULL, JOSE_HS256},
        {"{" JOE_KEY ",'alg':'HS384'}", NULL, JOSE_HS384},
        {"{" JOE_KEY ",'alg':'HS512'}", NULL, JOSE_HS512},
        {NULL, JOSE_PEM_RSA, JOSE_RS256},
        {NULL, JOSE_PEM_RSA, JOSE_PS256},
        {"{" JOSE_EC "," JOSE_EC_D "}", NULL, JOSE_ES256},
        {"{" JOSE_EC384 "}", NULL, JOSE_ES384},
        {"{" JOSE_ED "," JOSE_ED_D "}", NULL, JOSE_EdDSA},
    };
    enum { COUNT = sizeof(rows) / sizeof(*rows) };
    struct keyset *keys[COUNT];
    const char *why;

    for (size_t i = 0; i < COUNT; i++) {
        keys[i] = rows[i].key ? keys_of(rows[i].key) : keyset_new();
        if (rows[i].pem)
            keyset_add(keys[i], jwk_read_pem(slice_of(rows[i].pem), NULL, rows[i].alg, &why));
    }
    for (size_t i = 0; i < COUNT; i++) {
        struct buf token = {0};

        cr_expect(jwk_alg(keyset_at(keys[i], 0)) == rows[i].alg);
        cr_expect(
            jwt_sign(keyset_at(keys[i], 0), "at+jwt", SLICE_LIT("{\"exp\":1300819380}"), &token));
        for (size_t k = 0; k < COUNT; k++)
            cr_expect(verify(keys[k], buf_text(&token), 0) == (i == k ? JWT_OK : JWT_KEY),
                      "%zu by %zu", i, k);
        buf_fini(&token);
    }
    for (size_t i = 0; i < COUNT; i++)
        keyset_free(&keys[i]);
}

Test(jwt, is_not_signed_with_every_key)
{
    static const char *const rows[] = {
        "{" JOSE_EC "}",
        "{" JOSE_EC "," JOSE_EC_D ",'key_ops':['verify']}",
        "{" JOSE_OCT ",'key_ops':['verify']}",
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct jwk *key = jose_key(rows[i]);
        struct buf token = {0};

        buf_puts(&token, "before");
        cr_expect(!jwt_sign(key, "at+jwt", SLICE_LIT("{}"), &token), "%s", rows[i]);
        cr_expect(slice_is(buf_slice(&token), "before"));
        buf_fini(&token);
        jwk_free(&key);
    }
}
