/* SPDX-License-Identifier: MIT */
/*
 * 't' and a token; 's' and a header line, then claims, which are signed here because no input can
 * guess a signature; or 'k' and a key or set of keys: an accepted key must read back the same, and
 * verify what it signs.
 */
#include "t/fuzz/fuzz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/core/text/base64.h"
#include "lib/auth/jose/jwt.h"
#include "lib/auth/jose/signature.h"
#include "lib/core/json/jget.h"
#include "t/lib/auth/jose/jose_fixture.h"

enum { NOW = 1700000000, KEYS_MAX = 8 };

static struct keyset *keys;

static struct jwk *key_of(const char *text, enum jose_alg alg)
{
    char *quoted = strdup(text);
    struct fault fault = {0};
    struct jwk *key;

    for (char *at = quoted; *at; at++)
        if (*at == '\'' && quoted[0] == '{')
            *at = '"';
    key = jwk_read_any(slice_of(quoted), NULL, alg, &fault);
    assert(key);
    free(quoted);
    return key;
}

/* Makes a key for each algorithm, that of HMAC first. */
static void make_keys(void)
{
    static const char secret[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const struct {
        const char *text;
        enum jose_alg alg;
    } rows[] = {{"{" JOSE_OCT "}", JOSE_HS256},
                {secret, JOSE_HS384},
                {secret, JOSE_HS512},
                {JOSE_PEM_RSA_PUBLIC, JOSE_RS256},
                {JOSE_PEM_RSA_PUBLIC, JOSE_PS256},
                {"{" JOSE_EC "}", JOSE_ES256},
                {"{" JOSE_EC384 "}", JOSE_ES384},
                {"{" JOSE_ED "}", JOSE_EdDSA}};

    keys = keyset_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        keyset_add(keys, key_of(rows[i].text, rows[i].alg));
}

static void verify(struct slice token)
{
    static const char *const audiences[] = {"a", "b"};
    struct jwt_rules rules[] = {{keys, NULL, NULL, 0, NULL, 0, false},
                                {keys, "me", audiences, 2, "at+jwt", 10, true}};

    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
        struct json_object *claims;
        enum jwt_fault fault = jwt_verify(&rules[i], token, NOW, &claims);

        assert(fault < JWT_FAULT_COUNT && jwt_fault_text(fault) && !fault == !!claims);
        if (claims) {
            assert(json_object_get_double(jget(claims, "exp")) + rules[i].leeway_s > NOW);
            assert(!i || strcmp(jget_text(claims, "iss"), "me") == 0);
        }
        json_object_put(claims);
    }
}

static void verify_signed(struct slice header, struct slice claims)
{
    unsigned char signature[SIGNATURE_MAX];
    struct buf token = {0};
    size_t len;

    base64_put(&token, header.data, header.len);
    buf_putc(&token, '.');
    base64_put(&token, claims.data, claims.len);
    assert(signature_make(keyset_at(keys, 0), buf_slice(&token), signature, &len));
    buf_putc(&token, '.');
    base64_put(&token, signature, len);
    verify(buf_slice(&token));
    buf_fini(&token);
}

/* Checks that `json` reads as a key like `key`. Takes `json`. */
static void check_written(const struct jwk *key, struct json_object *json)
{
    struct fault fault = {0};
    struct jwk *again = jwk_read(json, &fault);

    assert(again && strcmp(jwk_kid(again), jwk_kid(key)) == 0 && jwk_alg(again) == jwk_alg(key));
    jwk_free(&again);
    json_object_put(json);
}

static void check_key(struct jwk *key)
{
    static const struct slice text = {"leat", 4};
    unsigned char signature[SIGNATURE_MAX];
    struct json_object *public = jwk_public(key);
    size_t len;

    check_written(key, jwk_private(key));
    if (public)
        check_written(key, public);
    if (jwk_can_sign(key))
        assert(signature_make(key, text, signature, &len) &&
               signature_is_valid(key, text, (struct slice){(char *)signature, len}));
    else
        assert(!signature_make(key, text, signature, &len));
}

static void read_keys(struct slice text)
{
    struct fault fault = {0};
    struct jwk *key = jwk_read_any(text, NULL, JOSE_UNSAID, &fault);
    struct keyset *set;

    assert(key || fault_is_set(&fault));
    if (key)
        check_key(key);
    jwk_free(&key);
    fault_clear(&fault);
    if (!keyset_read(text, KEYS_MAX, &set, &fault))
        assert(fault_is_set(&fault) && !set);
    for (size_t i = 0; set && i < keyset_count(set); i++)
        check_key(keyset_at(set, i));
    keyset_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data + 1, size - 1};

    if (!keys)
        make_keys();
    if (!size)
        return 0;
    if (data[0] == 's') {
        struct slice header = fuzz_line(&text);

        verify_signed(header, text);
    } else if (data[0] == 'k') {
        read_keys(text);
    } else {
        verify(text);
    }
    return 0;
}
