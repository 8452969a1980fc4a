/* SPDX-License-Identifier: MIT */
/* jwk.h, keyset.h, signature.h and jws.h: every vector of Wycheproof for the algorithms of JOSE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "lib/auth/jose/jws.h"
#include "lib/auth/jose/signature.h"
#include "lib/core/system/file.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

enum { DEPTH = 32, FILE_MAX = 1 << 20, KEYS_MAX = 16 };

typedef void (*group_fn)(struct json_object *group, const char *arg);

static struct json_object *read_suite(const char *name)
{
    const char *suites = getenv("LEAT_SUITES"), *source = getenv("LEAT_SRC");
    struct json_object *json = NULL;
    struct jread_fault fault;
    struct buf text = {0};
    char path[600];

    snprintf(path, sizeof(path), "%s%s/jose/wycheproof/%s_test.json",
             suites   ? suites
             : source ? source
                      : ".",
             suites ? "" : "/../shared/suites", name);
    if (file_read(path, FILE_MAX, &text))
        cr_assert(jread_text(text.data, text.len, DEPTH, NULL, &json, &fault), "%s: %s", path,
                  fault.message);
    buf_fini(&text);
    return json;
}

static void run_suite(const char *name, size_t want, group_fn run, const char *arg)
{
    struct json_object *json = read_suite(name);
    size_t tests = 0;

    if (!json)
        cr_skip_test("Wycheproof's %s is not there", name);
    for (size_t i = 0; i < jget_count(json, "testGroups"); i++) {
        struct json_object *group = jget_item(json, "testGroups", i);

        run(group, arg);
        tests += jget_count(group, "tests");
    }
    cr_expect(tests == want, "%zu tests", tests);
    json_object_put(json);
}

/* Decodes a hexadecimal member; the caller's. */
static struct slice unhex(struct json_object *map, const char *name)
{
    const char *text = jget_text(map, name);
    size_t len = strlen(text) / 2;
    char *bytes = malloc(len + 1);

    for (size_t i = 0; i < len; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};

        bytes[i] = (char)strtoul(digits, NULL, 16);
    }
    return (struct slice){bytes, len};
}

static bool is_valid(struct json_object *test)
{
    return strcmp(jget_text(test, "result"), "valid") == 0;
}

static void check(struct json_object *test, struct jwk *key, const char *member, bool want)
{
    struct slice input = unhex(test, "msg"), signature = unhex(test, member);

    cr_expect(signature_is_valid(key, input, signature) == want, "%d: %s",
              (int)jget_int(test, "tcId"), jget_text(test, "comment"));
    free((char *)input.data);
    free((char *)signature.data);
}

/* Reads a public key, as PEM and, if the group has it, as JWK. */
static void run_public(struct json_object *group, const char *arg)
{
    struct fault fault = {0};
    struct jwk *keys[2] = {
        jwk_read_pem(slice_of(jget_text(group, "publicKeyPem")), NULL, JOSE_UNSAID, &fault)};

    (void)arg;
    cr_assert(keys[0], "%s", fault.text);
    if (jget(group, "publicKeyJwk")) {
        keys[1] = jwk_read(jget(group, "publicKeyJwk"), &fault);
        cr_assert(keys[1], "%s", fault.text);
    }
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; keys[k] && i < jget_count(group, "tests"); i++) {
            struct json_object *test = jget_item(group, "tests", i);

            check(test, keys[k], "sig", is_valid(test));
        }
        jwk_free(&keys[k]);
    }
}

/* We deviate in two points: JOSE has no truncated MACs, and no secrets shorter than the digest (RFC
 * 7518, 3.2); the vectors have both. */
static void run_hmac(struct json_object *group, const char *alg)
{
    size_t digest_bits = jose_spec(jose_find(slice_of(alg)))->size * 8;
    bool is_short = (size_t)jget_int(group, "keySize") < digest_bits;
    bool is_whole = (size_t)jget_int(group, "tagSize") == digest_bits;

    for (size_t i = 0; i < jget_count(group, "tests"); i++) {
        struct json_object *test = jget_item(group, "tests", i);
        struct slice secret = unhex(test, "key");
        struct fault fault = {0};
        struct jwk *key = jwk_read_secret(secret, NULL, jose_find(slice_of(alg)), &fault);

        cr_expect(!key == is_short, "%d", (int)jget_int(test, "tcId"));
        if (key)
            check(test, key, "tag", is_whole && is_valid(test));
        jwk_free(&key);
        free((char *)secret.data);
    }
}

/* A JWK Set, and signatures of data that is not JSON. */
static void run_keyset(struct json_object *group, const char *arg)
{
    struct json_object *json = jget(group, jget(group, "public") ? "public" : "private");
    struct keyset *keys;
    struct fault fault = {0};

    (void)arg;
    if (!keyset_read(slice_of(json_object_to_json_string(json)), KEYS_MAX, &keys, &fault))
        keys = keyset_new();
    for (size_t i = 0; i < jget_count(group, "tests"); i++) {
        struct json_object *test = jget_item(group, "tests", i);
        struct buf payload = {0};
        enum jwt_fault verdict = jws_verify(keys, NULL, slice_of(jget_text(test, "jws")), &payload);

        cr_expect((verdict == JWT_OK) == is_valid(test), "%d: %s: %s", (int)jget_int(test, "tcId"),
                  jget_text(test, "comment"), jwt_fault_text(verdict));
        cr_expect(verdict || slice_is(buf_slice(&payload), "foo"));
        buf_fini(&payload);
    }
    keyset_free(&keys);
}

Test(wycheproof, es256)
{
    run_suite("ecdsa_secp256r1_sha256_p1363", 262, run_public, NULL);
}

Test(wycheproof, eddsa)
{
    run_suite("ed25519", 151, run_public, NULL);
}

Test(wycheproof, hs256)
{
    run_suite("hmac_sha256", 174, run_hmac, "HS256");
}

Test(wycheproof, hs384)
{
    run_suite("hmac_sha384", 174, run_hmac, "HS384");
}

Test(wycheproof, hs512)
{
    run_suite("hmac_sha512", 174, run_hmac, "HS512");
}

Test(wycheproof, keysets)
{
    run_suite("json_web_key", 26, run_keyset, NULL);
}
