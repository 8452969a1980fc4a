/* SPDX-License-Identifier: MIT */
/* jwt.h: signing. */
#include "lib/auth/jose/jwt.h"

#include <string.h>

#include <criterion/criterion.h>

#include "t/lib/auth/jose/jose_fixture.h"

/* Every algorithm signs; a token signed by another algorithm is refused. */
Test(jwt_sign, signs)
{
    static const struct {
        const char *key, *pem;
        enum jose_alg alg;
    } rows[] = {
        {"{" JOSE_OCT "}", NULL, JOSE_HS256},
        {"{" JOSE_OCT64 ",'alg':'HS384'}", NULL, JOSE_HS384},
        {"{" JOSE_OCT64 ",'alg':'HS512'}", NULL, JOSE_HS512},
        {NULL, JOSE_PEM_RSA, JOSE_RS256},
        {NULL, JOSE_PEM_RSA, JOSE_PS256},
        {"{" JOSE_EC "," JOSE_EC_D "}", NULL, JOSE_ES256},
        {"{" JOSE_EC384 "}", NULL, JOSE_ES384},
        {"{" JOSE_ED "," JOSE_ED_D "}", NULL, JOSE_EdDSA},
    };
    enum { COUNT = sizeof(rows) / sizeof(*rows) };
    struct keyset *keys[COUNT];
    struct fault fault = {0};

    for (size_t i = 0; i < COUNT; i++) {
        keys[i] = rows[i].key ? jose_keys(rows[i].key) : keyset_new();
        if (rows[i].pem)
            keyset_add(keys[i], jwk_read_pem(slice_of(rows[i].pem), NULL, rows[i].alg, &fault));
    }
    for (size_t i = 0; i < COUNT; i++) {
        struct buf token = {0};

        cr_expect(jwk_alg(keyset_at(keys[i], 0)) == rows[i].alg);
        cr_expect(
            jwt_sign(keyset_at(keys[i], 0), "at+jwt", SLICE_LIT("{\"exp\":1300819380}"), &token));
        for (size_t k = 0; k < COUNT; k++)
            cr_expect(jose_verify(keys[k], buf_text(&token), 0) == (i == k ? JWT_OK : JWT_KEY),
                      "%zu by %zu", i, k);
        buf_fini(&token);
    }
    for (size_t i = 0; i < COUNT; i++)
        keyset_free(&keys[i]);
}

Test(jwt_sign, is_not_signed_with_every_key)
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
