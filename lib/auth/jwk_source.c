/* SPDX-License-Identifier: MIT */
/* Keys from elsewhere: each becomes a JWK first, so that jwk_read() alone decides. */
#include "lib/auth/jwk.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include "lib/auth/jwk_key.h"
#include "lib/core/jget.h"
#include "lib/core/jread.h"

enum { RSA_BITS = 3072, DEPTH = 16 };

EVP_PKEY *jwk_pkey(const char *type, bool is_private, OSSL_PARAM params[])
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;

    if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                          params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return pkey;
}

struct json_object *jwk_write(EVP_PKEY *pkey, bool is_private)
{
    static const struct {
        const char *type, *kty;
    } types[] = {{"RSA", "RSA"}, {"EC", "EC"}, {"ED25519", "OKP"}};
    struct json_object *json = NULL;
    bool ok = false;

    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        if (EVP_PKEY_is_a(pkey, types[i].type)) {
            json = json_object_new_object();
            jput_text(json, "kty", types[i].kty);
            ok = jwk_kind_of(types[i].kty)->write(pkey, is_private, json);
        }
    ERR_clear_error();
    if (ok)
        return json;
    jwk_forget(json);
    return NULL;
}

/* Adds kid and alg if they are given, and reads; takes `json`. */
static struct jwk *read_named(struct json_object *json, const char *kid, enum jose_alg alg,
                              const char **why)
{
    const char *own = jget_text(json, "alg");
    struct jwk *key = NULL;

    if (kid)
        jput_text(json, "kid", kid);
    if (alg && own && strcmp(own, jose_spec(alg)->name) != 0) {
        *why = "its algorithm (alg) is another one";
    } else {
        if (alg)
            jput_text(json, "alg", jose_spec(alg)->name);
        key = jwk_read(json, why);
    }
    jwk_forget(json);
    return key;
}

static EVP_PKEY *certified(const unsigned char *der, long len)
{
    X509 *certificate = d2i_X509(NULL, &der, len);
    EVP_PKEY *pkey = certificate ? X509_get_pubkey(certificate) : NULL;

    X509_free(certificate);
    return pkey;
}

static EVP_PKEY *read_der(const char *name, const unsigned char *der, long len, bool *is_private)
{
    *is_private = slice_is_choice("PRIVATE KEY|EC PRIVATE KEY|RSA PRIVATE KEY", name);
    if (*is_private)
        return d2i_AutoPrivateKey(NULL, &der, len);
    if (strcmp(name, "PUBLIC KEY") == 0)
        return d2i_PUBKEY(NULL, &der, len);
    return strcmp(name, "CERTIFICATE") == 0 ? certified(der, len) : NULL;
}

/* Reads the next block of `in` that may hold a key (not the parameters that openssl ecparam writes
 * before one). False: there is none. */
static bool next_block(BIO *in, char **name, char **header, unsigned char **der, long *len)
{
    while (PEM_read_bio(in, name, header, der, len) == 1) {
        if (strcmp(*name, "EC PARAMETERS") != 0)
            return true;
        OPENSSL_free(*name);
        OPENSSL_free(*header);
        OPENSSL_free(*der);
    }
    return false;
}

/* The JWK of the one key in `in`; NULL: *why says why. */
static struct json_object *read_blocks(BIO *in, const char **why)
{
    struct json_object *json = NULL;
    EVP_PKEY *pkey = NULL;
    bool is_private;
    char *name, *header;
    unsigned char *der;
    long len;

    *why = "it is no PEM";
    while (next_block(in, &name, &header, &der, &len)) {
        *why = json ? "it holds more than one key"
               : *header || strcmp(name, "ENCRYPTED PRIVATE KEY") == 0
                   ? "it is encrypted"
                   : "it is no key that can be read";
        pkey = *header || json ? NULL : read_der(name, der, len, &is_private);
        jwk_forget(json);
        json = pkey ? jwk_write(pkey, is_private) : NULL;
        EVP_PKEY_free(pkey);
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(der, (size_t)len);
        if (!json)
            break;
    }
    ERR_clear_error();
    return json;
}

struct jwk *jwk_read_pem(struct slice pem, const char *kid, enum jose_alg alg, const char **why)
{
    BIO *in = BIO_new_mem_buf(pem.data, (int)pem.len);
    struct json_object *json = read_blocks(in, why);

    BIO_free(in);
    return json ? read_named(json, kid, alg, why) : NULL;
}

struct jwk *jwk_read_secret(struct slice secret, const char *kid, enum jose_alg alg,
                            const char **why)
{
    struct json_object *json;

    *why = "a secret has 32 to 1024 bytes";
    if (!secret.len || secret.len > JWK_OCTETS_MAX)
        return NULL;
    json = json_object_new_object();
    jput_text(json, "kty", "oct");
    jwk_put_octets(json, "k", secret.data, secret.len);
    return read_named(json, kid, alg, why);
}

/* What `bytes` begin with, behind white space. */
static char first_of(struct slice bytes)
{
    size_t i = 0;

    while (i < bytes.len && strchr(" \t\r\n", bytes.data[i]))
        i++;
    return i < bytes.len ? bytes.data[i] : '\0';
}

struct jwk *jwk_read_any(struct slice bytes, const char *kid, enum jose_alg alg, const char **why)
{
    static const char begin[] = "-----BEGIN";
    struct json_object *json;
    struct jread_fault fault;

    if (bytes.len && memmem(bytes.data, bytes.len, begin, sizeof(begin) - 1))
        return jwk_read_pem(bytes, kid, alg, why);
    if (first_of(bytes) != '{')
        return jwk_read_secret(bytes, kid, alg, why);
    if (!jread_text(bytes.data, bytes.len, DEPTH, NULL, &json, &fault)) {
        *why = fault.message;
        return NULL;
    }
    return read_named(json, kid, alg, why);
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
    const char *why;
    EVP_PKEY *pkey;
    struct jwk *key = NULL;

    if (strcmp(spec->kty, "oct") == 0) {
        if (RAND_priv_bytes(secret, (int)spec->size) == 1)
            key = jwk_read_secret((struct slice){(char *)secret, spec->size}, NULL, alg, &why);
        OPENSSL_cleanse(secret, sizeof(secret));
    } else {
        pkey = generate(spec);
        if (pkey)
            key = read_named(jwk_write(pkey, true), NULL, alg, &why);
        EVP_PKEY_free(pkey);
    }
    if (!key)
        abort();
    return key;
}
