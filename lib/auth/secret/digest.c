/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "lib/core/memory.h"

/* Fetching an algorithm and making its context cost more than hashing a token, so the algorithms
 * are fetched once a process and the contexts made once a thread. Both are kept to the end. */
struct digest_contexts {
    EVP_MD_CTX *digest;
    EVP_MAC_CTX *mac; /* which knows its digest */
};

static EVP_MD *sha256;
static EVP_MAC *hmac;
static pthread_key_t key_of_contexts;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_contexts(void *arg)
{
    struct digest_contexts *own = arg;

    EVP_MD_CTX_free(own->digest);
    EVP_MAC_CTX_free(own->mac);
    free(own);
}

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    if (!sha256 || !hmac || pthread_key_create(&key_of_contexts, free_contexts) != 0)
        abort();
}

static struct digest_contexts *make_contexts(void)
{
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 6),
                           OSSL_PARAM_END};
    struct digest_contexts *own = xcalloc(1, sizeof(*own));

    own->digest = EVP_MD_CTX_new();
    own->mac = EVP_MAC_CTX_new(hmac);
    if (!own->digest || !own->mac || EVP_MAC_CTX_set_params(own->mac, params) != 1)
        abort();
    pthread_setspecific(key_of_contexts, own);
    return own;
}

static struct digest_contexts *own_contexts(void)
{
    struct digest_contexts *own;

    pthread_once(&once, fetch);
    own = pthread_getspecific(key_of_contexts);
    return own ? own : make_contexts();
}

void digest_sha256(const void *data, size_t len, unsigned char out[static 32])
{
    EVP_MD_CTX *context = own_contexts()->digest;

    if (EVP_DigestInit_ex2(context, sha256, NULL) != 1 ||
        EVP_DigestUpdate(context, data, len) != 1 || EVP_DigestFinal_ex(context, out, NULL) != 1)
        abort();
}

void digest_sha256_hex(const char *data, size_t len, char out[static 65])
{
    unsigned char sum[32];

    digest_sha256(data, len, sum);
    for (int i = 0; i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        unsigned char out[static 32])
{
    EVP_MAC_CTX *context = own_contexts()->mac;
    size_t written;

    if (EVP_MAC_init(context, key, key_len, NULL) != 1 || EVP_MAC_update(context, data, len) != 1 ||
        EVP_MAC_final(context, out, &written, 32) != 1)
        abort();
}

bool digest_is_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
