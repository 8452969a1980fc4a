/* SPDX-License-Identifier: MIT */
/* jwt.h: valid and invalid claims. */
#include "lib/auth/jose/jwt.h"

#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/auth/jose/jose_fixture.h"

#define GOOD "'iss':'me','aud':'x','exp':1001"
#define EXP "'iss':'me','aud':'x','exp':"
#define AUD "'iss':'me','exp':1001,'aud':"
#define ISS "'aud':'x','exp':1001,'iss':"

/* The rules: now is 1000, leeway 10, issuer "me", audiences "x" and "y". */
static const struct {
    const char *claims;
    enum jwt_fault want;
} claim_sets[] = {
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
    {"{" EXP "9223372036854775807}", JWT_OK},
    {"{" EXP "9223372036854775808}", JWT_OK},
    {"{" EXP "18446744073709551616}", JWT_OK},
    {"{" EXP "18446744073709551617}", JWT_OK},
    {"{" EXP "-9223372036854775809}", JWT_EXPIRED},
    {"{" EXP "-18446744073709550615}", JWT_EXPIRED},
    {"{" EXP "1.0011e3}", JWT_OK},
    {"{" EXP "99000e-2}", JWT_EXPIRED},
    {"{" GOOD ",'nbf':9223372036854775808}", JWT_EARLY},
    {"{" GOOD ",'nbf':-9223372036854775809}", JWT_OK},
    {"{" GOOD ",'iat':18446744073709551616}", JWT_EARLY},
    {"{" GOOD ",'iat':1e3}", JWT_OK},
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
    {"{" ISS "'me\\u0000'}", JWT_MALFORMED},
    {"{" ISS "'me\\n'}", JWT_CLAIMS},
    {"{" ISS "['me']}", JWT_CLAIMS},
    {"{" ISS "''}", JWT_CLAIMS},
    {"{'aud':'x','exp':1001}", JWT_ISSUER},
    {"{" AUD "'y'}", JWT_OK},
    {"{" AUD "['z','y']}", JWT_OK},
    {"{" AUD "'z'}", JWT_AUDIENCE},
    {"{" AUD "'x\\u0000'}", JWT_MALFORMED},
    {"{" AUD "['z','y\\u0000']}", JWT_MALFORMED},
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
    {"{" GOOD ",'sub':'admin\\u0000x'}", JWT_MALFORMED},
    {"{" GOOD ",'sub':'a\\u001fb'}", JWT_CLAIMS},
    {"{" GOOD ",'sub':'a\\u007f'}", JWT_CLAIMS},
    {"{" GOOD ",'sub':'caf\\u00e9'}", JWT_OK},
    {"{" GOOD ",'jti':'\\u0000'}", JWT_MALFORMED},
    {"{" GOOD ",'scope':'admin\\u0000x'}", JWT_MALFORMED},
    {"{" GOOD ",'a':{'b':['\\u0000']}}", JWT_MALFORMED},
    {"{" GOOD ",'a\\u0000':1}", JWT_MALFORMED},
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

Test(jwt_claims, checks_the_claims)
{
    static const char *const audiences[] = {"x", "y"};
    struct keyset *keys = jose_keys("{" JOSE_OCT "}");
    struct jwt_rules rules = {keys, "me", audiences, 2, NULL, 10, false};

    for (size_t i = 0; i < sizeof(claim_sets) / sizeof(*claim_sets); i++) {
        struct json_object *claims;
        struct buf token = {0};
        enum jwt_fault fault;

        jose_token(keyset_at(keys, 0), "{'alg':'HS256'}", claim_sets[i].claims, &token);
        fault = jwt_verify(&rules, buf_slice(&token), 1000, &claims);
        cr_expect(fault == claim_sets[i].want, "%s: %s", claim_sets[i].claims,
                  jwt_fault_text(fault));
        cr_expect(!fault == !!claims);
        json_object_put(claims);
        buf_fini(&token);
    }
    keyset_free(&keys);
}

Test(jwt_claims, bounds_the_subject)
{
    struct keyset *keys = jose_keys("{" JOSE_OCT "}");

    for (int len = 254; len < 258; len++) {
        struct buf claims = {0}, token = {0};

        buf_puts(&claims, "{'exp':1300819380,'sub':'");
        memset(buf_reserve(&claims, 300), 's', (size_t)len);
        claims.len += (size_t)len;
        buf_puts(&claims, "'}");
        jose_token(keyset_at(keys, 0), "{'alg':'HS256'}", buf_text(&claims), &token);
        cr_expect(jose_verify(keys, buf_text(&token), 0) == (len > 255 ? JWT_CLAIMS : JWT_OK), "%d",
                  len);
        buf_fini(&claims);
        buf_fini(&token);
    }
    keyset_free(&keys);
}
