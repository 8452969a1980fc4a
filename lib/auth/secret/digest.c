/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Fetching a digest and making its context cost more than hashing a token, so the digest is fetched
 * once a process and the context made once a thread. Both are kept to the end. */
static EVP_MD *sha256;
static pthread_key_t contexts;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void free_context(void *context)
{
    EVP_MD_CTX_free(context);
}

static void prepare_digest(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!sha256 || pthread_key_create(&contexts, free_context) != 0)
        abort();
}

static EVP_MD_CTX *own_context(void)
{
    EVP_MD_CTX *context;

    pthread_once(&once, prepare_digest);
    context = pthread_getspecific(contexts);
    if (!context) {
        context = EVP_MD_CTX_new();
        pthread_setspecific(contexts, context);
    }
    return context;
}

void digest_sha256(const void *data, size_t len, unsigned char out[static 32])
{
    EVP_MD_CTX *context = own_context();

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
    if (!HMAC(EVP_sha256(), key, (int)key_len, data, len, out, NULL))
        abort();
}

bool digest_is_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
