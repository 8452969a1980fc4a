/* SPDX-License-Identifier: MIT */
/* Signs and verifies with contexts that are made once for each key (signature_prepare()), because
 * fetching algorithms and digests from OpenSSL costs more than a MAC. Contexts are used again,
 * which is why a key belongs to one thread. JWS writes an ECDSA signature as r and s of fixed
 * length and OpenSSL as DER, so both directions convert; a signature of another length is invalid
 * before any arithmetic. */
#include "lib/auth/jose/signature.h"

#include <string.h>

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "lib/auth/secret/digest.h"
#include "lib/auth/jose/jwk_key.h"

enum { DIGEST_MAX = 64, DER_MAX = 128 };

static bool set_padding(EVP_PKEY_CTX *ctx, const struct jwk *key)
{
    bool is_pss = key->alg == JOSE_PS256;

    if (EVP_PKEY_CTX_set_signature_md(ctx, key->digest) != 1)
        return false;
    if (strcmp(key->spec->kty, "RSA") != 0)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) ==
               1 &&
           (!is_pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static EVP_PKEY_CTX *prepare(struct jwk *key, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);

    if (ctx && init(ctx) == 1 && set_padding(ctx, key))
        return ctx;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return NULL;
}

bool signature_prepare(struct jwk *key)
{
    key->hash = EVP_MD_CTX_new();
    if (!key->spec->digest)
        return true;
    key->digest = EVP_MD_fetch(NULL, key->spec->digest, NULL);
    key->checker = prepare(key, EVP_PKEY_verify_init);
    key->signer = prepare(key, EVP_PKEY_sign_init);
    return key->checker && key->signer;
}

void signature_release(struct jwk *key)
{
    EVP_PKEY_CTX_free(key->signer);
    EVP_PKEY_CTX_free(key->checker);
    EVP_MD_CTX_free(key->hash);
    EVP_MD_free(key->digest);
}

static bool authenticate(struct jwk *key, struct slice input, unsigned char *out)
{
    size_t len;

    return EVP_MAC_init(key->mac, NULL, 0, NULL) == 1 && /* keeps its key */
           EVP_MAC_update(key->mac, (const unsigned char *)input.data, input.len) == 1 &&
           EVP_MAC_final(key->mac, out, &len, DIGEST_MAX) == 1 && len == key->spec->size;
}

static bool hash_input(struct jwk *key, struct slice input, unsigned char *out)
{
    unsigned len;

    return EVP_DigestInit_ex2(key->hash, key->digest, NULL) == 1 &&
           EVP_DigestUpdate(key->hash, input.data, input.len) == 1 &&
           EVP_DigestFinal_ex(key->hash, out, &len) == 1 && len == key->spec->size;
}

/* Converts r and s, each as long as a coordinate (RFC 7518, 3.4), to DER. Returns its length, or 0
 * on failure. */
static size_t to_der(struct slice both, size_t size, unsigned char *out)
{
    const unsigned char *at = (const unsigned char *)both.data;
    ECDSA_SIG *sig = ECDSA_SIG_new();
    int len = -1;

    if (both.len == 2 * size && ECDSA_SIG_set0(sig, BN_bin2bn(at, (int)size, NULL),
                                               BN_bin2bn(at + size, (int)size, NULL)) == 1)
        len = i2d_ECDSA_SIG(sig, &out);
    ECDSA_SIG_free(sig);
    return len < 0 ? 0 : (size_t)len;
}

/* Converts DER to r and s. */
static bool from_der(const unsigned char *der, size_t len, size_t size, unsigned char *out)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool ok = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)size) >= 0 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + size, (int)size) >= 0;

    ECDSA_SIG_free(sig);
    return ok;
}

static bool check_signature(struct jwk *key, struct slice input, struct slice signature)
{
    const unsigned char *at = (const unsigned char *)signature.data;
    unsigned char sum[DIGEST_MAX], der[DER_MAX];
    size_t len = signature.len;

    if (!key->digest)
        return EVP_DigestVerifyInit(key->hash, NULL, NULL, NULL, key->pkey) == 1 &&
               EVP_DigestVerify(key->hash, at, len, (const unsigned char *)input.data, input.len) ==
                   1;
    if (key->spec->curve) {
        len = to_der(signature, key->spec->size, der);
        at = der;
    }
    return len && hash_input(key, input, sum) &&
           EVP_PKEY_verify(key->checker, at, len, sum, key->spec->size) == 1;
}

bool signature_is_valid(struct jwk *key, struct slice input, struct slice signature)
{
    unsigned char mac[DIGEST_MAX];
    bool ok;

    if (!key->pkey)
        return signature.len == key->spec->size && authenticate(key, input, mac) &&
               digest_is_equal(mac, signature.data, signature.len);
    ok = check_signature(key, input, signature);
    if (!ok)
        ERR_clear_error(); /* or TLS on this thread would mistake it for its own */
    return ok;
}

static bool make_signature(struct jwk *key, struct slice input, unsigned char *out, size_t *len)
{
    unsigned char sum[DIGEST_MAX], der[DER_MAX];
    size_t der_len = sizeof(der), size = key->spec->size;

    *len = SIGNATURE_MAX;
    if (!key->digest)
        return EVP_DigestSignInit(key->hash, NULL, NULL, NULL, key->pkey) == 1 &&
               EVP_DigestSign(key->hash, out, len, (const unsigned char *)input.data, input.len) ==
                   1;
    if (!hash_input(key, input, sum))
        return false;
    if (!key->spec->curve)
        return EVP_PKEY_sign(key->signer, out, len, sum, size) == 1;
    *len = 2 * size;
    return EVP_PKEY_sign(key->signer, der, &der_len, sum, size) == 1 &&
           from_der(der, der_len, size, out);
}

bool signature_make(struct jwk *key, struct slice input, unsigned char out[static SIGNATURE_MAX],
                    size_t *len)
{
    bool ok;

    *len = key->spec->size;
    if (!key->can_sign)
        return false;
    ok = key->pkey ? make_signature(key, input, out, len) : authenticate(key, input, out);
    if (!ok)
        ERR_clear_error();
    return ok;
}
