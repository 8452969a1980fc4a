/* SPDX-License-Identifier: MIT */
/* All keys pass through here. Other sources (jwk_source.c) first turn theirs into a JWK, so that
 * one set of checks decides what is a key, and whatever is not a member of its kind is dropped: a
 * key that we write out contains nothing that somebody else put in. A private key must prove that
 * it belongs to its public part by a signature that verifies; without that, a swapped pair would
 * sign tokens that nobody accepts. */
#include "lib/auth/jose/jwk.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>

#include "lib/auth/jose/jwk_key.h"
#include "lib/auth/jose/signature.h"
#include "lib/core/memory.h"
#include "lib/core/json/jget.h"

enum { KID_MAX = 255 };

static const struct jwk_kind kinds[] = {
    {"oct", {"kty"}, {"k"}, NULL, NULL},
    {"RSA", {"e", "kty", "n"}, {"d", "p", "q", "dp", "dq", "qi"}, jwk_read_rsa, jwk_write_rsa},
    {"EC", {"crv", "kty", "x", "y"}, {"d"}, jwk_read_ec, jwk_write_ec},
    {"OKP", {"crv", "kty", "x"}, {"d"}, jwk_read_okp, jwk_write_okp},
};

const struct jwk_kind *jwk_kind_of(const char *kty)
{
    for (size_t i = 0; kty && i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strcmp(kty, kinds[i].kty) == 0)
            return &kinds[i];
    return NULL;
}

/* Returns true if `key_ops` (RFC 7517, 4.3) is absent or lists one of "a|b". */
static bool has_use(struct json_object *json, const char *uses)
{
    if (!json_object_object_get_ex(json, "key_ops", NULL))
        return true;
    for (size_t i = 0; i < jget_count(json, "key_ops"); i++) {
        struct json_object *use = jget_item(json, "key_ops", i);

        if (json_object_is_type(use, json_type_string) &&
            slice_is_choice(uses, json_object_get_string(use)))
            return true;
    }
    return false;
}

/* Reads a text without NUL. Returns false if the member exists and is not one. */
static bool get_name(struct json_object *json, const char *member, const char **out)
{
    *out = jget_text(json, member);
    if (!*out)
        return !json_object_object_get_ex(json, member, NULL);
    return strlen(*out) == (size_t)json_object_get_string_len(jget(json, member));
}

enum jose_alg jwk_alg_of(struct json_object *json, struct fault *fault)
{
    const char *kty, *curve, *name, *use;
    enum jose_alg alg;

    if (!get_name(json, "use", &use) || (use && strcmp(use, "sig") != 0) ||
        !has_use(json, "sign|verify")) {
        fault_set(fault, "the key is not for signatures");
        return JOSE_UNSAID;
    }
    if (!get_name(json, "kty", &kty) || !jwk_kind_of(kty)) {
        fault_set(fault, "the key type (kty) must be oct, RSA, EC or OKP");
        return JOSE_UNSAID;
    }
    if (!get_name(json, "crv", &curve) || !(alg = jose_default(kty, curve))) {
        fault_set(fault, "the curve (crv) must be P-256, P-384 or Ed25519");
        return JOSE_UNSAID;
    }
    if (!get_name(json, "alg", &name) ||
        (name && (!(alg = jose_find(slice_of(name))) || strcmp(kty, jose_spec(alg)->kty) != 0 ||
                  (jose_spec(alg)->curve && strcmp(curve, jose_spec(alg)->curve) != 0)))) {
        fault_set(fault, "the algorithm (alg) does not fit the key");
        return JOSE_UNSAID;
    }
    return alg;
}

/* Copies those of the members that `json` has. */
static void copy_members(struct json_object *to, struct json_object *json,
                         const char *const *members)
{
    for (; *members; members++)
        if (jget(json, *members))
            jput_text(to, *members, jget_text(json, *members));
}

/* Returns `json` reduced to the members of this kind of key. */
static struct json_object *without_strangers(const struct jwk *key, struct json_object *json,
                                             bool is_private)
{
    struct json_object *copy = json_object_new_object();

    copy_members(copy, json, key->kind->members);
    if (is_private)
        copy_members(copy, json, key->kind->private_members);
    if (jget(json, "kid"))
        jput_text(copy, "kid", jget_text(json, "kid"));
    jput_text(copy, "alg", key->spec->name);
    jput_text(copy, "use", "sig");
    return copy;
}

static bool read_secret(struct jwk *key, struct json_object *json, struct fault *fault)
{
    unsigned char secret[JWK_OCTETS_MAX];
    ssize_t len = jwk_octets(json, "k", secret);
    EVP_MAC *hmac;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)key->spec->digest, 0),
        OSSL_PARAM_construct_end()};
    bool ok;

    if (len < (ssize_t)key->spec->size)
        return fault_set(fault, len < 0 ? "the secret (k) is malformed"
                                        : "the secret is shorter than the digest");
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    key->mac = EVP_MAC_CTX_new(hmac);
    ok = key->mac && EVP_MAC_init(key->mac, secret, (size_t)len, params) == 1;
    EVP_MAC_free(hmac);
    OPENSSL_cleanse(secret, sizeof(secret));
    return ok || fault_set(fault, "the key cannot be used");
}

/* Checks by a signature that the private key belongs to the public one. */
static bool agrees_with_itself(struct jwk *key)
{
    unsigned char out[SIGNATURE_MAX];
    size_t len;

    return signature_make(key, SLICE_LIT("leat"), out, &len) &&
           signature_is_valid(key, SLICE_LIT("leat"), (struct slice){(char *)out, len});
}

static bool read_key(struct jwk *key, struct json_object *json, struct fault *fault)
{
    key->is_private = json_object_object_get_ex(json, key->kind->private_members[0], NULL);
    if (!key->kind->read)
        return read_secret(key, json, fault);
    key->pkey = key->kind->read(json, key->is_private, key->spec, fault);
    if (!key->pkey)
        return false;
    if (!signature_prepare(key))
        return fault_set(fault, "the key cannot be used");
    key->can_sign = key->is_private;
    return !key->is_private || agrees_with_itself(key) ||
           fault_set(fault, "the private part does not match the public part");
}

struct jwk *jwk_read(struct json_object *json, struct fault *fault)
{
    enum jose_alg alg = jwk_alg_of(json, fault);
    struct jwk *key;
    const char *kid;
    char derived[44];

    if (!alg)
        return NULL;
    if (!get_name(json, "kid", &kid) || (kid && (!*kid || strlen(kid) > KID_MAX))) {
        fault_set(fault, "the key ID (kid) must be a string of 1 to 255 bytes");
        return NULL;
    }
    key = xcalloc(1, sizeof(*key));
    key->alg = alg;
    key->spec = jose_spec(alg);
    key->kind = jwk_kind_of(key->spec->kty);
    if (!read_key(key, json, fault)) {
        jwk_free(&key);
        return NULL;
    }
    key->can_sign = key->is_private && has_use(json, "sign");
    key->json = without_strangers(key, json, key->is_private);
    if (!kid) {
        jwk_derive_kid(key->json, key->kind, derived);
        jput_text(key->json, "kid", derived);
    }
    key->kid = jget_text(key->json, "kid");
    return key;
}

/* json-c frees memory without wiping it. */
void jwk_forget(struct json_object *json)
{
    if (json_object_is_type(json, json_type_object)) {
        json_object_object_foreach(json, name, member)
        {
            (void)name;
            if (json_object_is_type(member, json_type_string))
                OPENSSL_cleanse((char *)json_object_get_string(member),
                                (size_t)json_object_get_string_len(member));
        }
    }
    json_object_put(json);
}

void jwk_free(struct jwk **key)
{
    if (!*key)
        return;
    signature_release(*key);
    EVP_MAC_CTX_free((*key)->mac);
    EVP_PKEY_free((*key)->pkey);
    jwk_forget((*key)->json);
    free(*key);
    *key = NULL;
}

enum jose_alg jwk_alg(const struct jwk *key)
{
    return key->alg;
}

const char *jwk_kid(const struct jwk *key)
{
    return key->kid;
}

bool jwk_can_sign(const struct jwk *key)
{
    return key->can_sign;
}

struct json_object *jwk_public(const struct jwk *key)
{
    return key->pkey ? without_strangers(key, key->json, false) : NULL;
}

struct json_object *jwk_private(const struct jwk *key)
{
    return without_strangers(key, key->json, key->is_private);
}
