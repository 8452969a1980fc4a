/* SPDX-License-Identifier: MIT */
/* Keys from other sources. Each becomes a JWK first, so that jwk_read() alone decides. */
#include "lib/auth/jose/jwk.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "lib/auth/jose/jwk_key.h"
#include "lib/core/json/jget.h"
#include "lib/core/json/jread.h"

enum { RSA_BITS = 3072, DEPTH = 16 };

/* Adds kid and alg if given, and reads the key. Takes `json`. */
static struct jwk *read_named(struct json_object *json, const char *kid, enum jose_alg alg,
                              struct fault *fault)
{
    const char *own = jget_text(json, "alg");
    struct jwk *key = NULL;

    if (kid)
        jput_text(json, "kid", kid);
    if (alg && own && strcmp(own, jose_spec(alg)->name) != 0) {
        fault_set(fault, "the algorithm (alg) differs from the configured one");
    } else {
        if (alg)
            jput_text(json, "alg", jose_spec(alg)->name);
        key = jwk_read(json, fault);
    }
    jwk_forget(json);
    return key;
}

struct jwk *jwk_read_pem(struct slice pem, const char *kid, enum jose_alg alg, struct fault *fault)
{
    struct json_object *json = jwk_of_pem(pem, fault);

    return json ? read_named(json, kid, alg, fault) : NULL;
}

struct jwk *jwk_read_secret(struct slice secret, const char *kid, enum jose_alg alg,
                            struct fault *fault)
{
    struct json_object *json;

    if (!secret.len || secret.len > JWK_OCTETS_MAX) {
        fault_set(fault, "a secret must have 32 to 1024 bytes");
        return NULL;
    }
    json = json_object_new_object();
    jput_text(json, "kty", "oct");
    jwk_put_octets(json, "k", secret.data, secret.len);
    return read_named(json, kid, alg, fault);
}

/* Returns the first byte that is not white space. */
static char first_of(struct slice bytes)
{
    size_t i = 0;

    while (i < bytes.len && bytes.data[i] && strchr(" \t\r\n", bytes.data[i]))
        i++;
    return i < bytes.len ? bytes.data[i] : '\0';
}

struct jwk *jwk_read_any(struct slice bytes, const char *kid, enum jose_alg alg,
                         struct fault *fault)
{
    static const char begin[] = "-----BEGIN";
    struct json_object *json;
    struct jread_fault unread;

    if (bytes.len && memmem(bytes.data, bytes.len, begin, sizeof(begin) - 1))
        return jwk_read_pem(bytes, kid, alg, fault);
    if (first_of(bytes) != '{')
        return jwk_read_secret(bytes, kid, alg, fault);
    if (!jread_plain(bytes.data, bytes.len, DEPTH, &json, &unread)) {
        fault_set(fault, "%s", unread.message);
        return NULL;
    }
    return read_named(json, kid, alg, fault);
}

static EVP_PKEY *generate(const struct jose_spec *spec)
{
    if (strcmp(spec->kty, "RSA") == 0)
        return EVP_RSA_gen(RSA_BITS);
    return strcmp(spec->kty, "EC") == 0 ? EVP_EC_gen(spec->curve)
                                        : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

struct jwk *jwk_generate(enum jose_alg alg)
{
    const struct jose_spec *spec = jose_spec(alg);
    unsigned char secret[64];
    struct fault fault;
    EVP_PKEY *pkey;
    struct jwk *key = NULL;

    if (strcmp(spec->kty, "oct") == 0) {
        if (RAND_priv_bytes(secret, (int)spec->size) == 1)
            key = jwk_read_secret((struct slice){(char *)secret, spec->size}, NULL, alg, &fault);
        OPENSSL_cleanse(secret, sizeof(secret));
    } else {
        pkey = generate(spec);
        if (pkey)
            key = read_named(jwk_write(pkey, true), NULL, alg, &fault);
        EVP_PKEY_free(pkey);
    }
    if (!key)
        abort();
    return key;
}
