/* SPDX-License-Identifier: MIT */
#include "lib/auth/digest.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

/* Looking up the digest costs more than the digest of a token: once a process. Kept to its end. */
static EVP_MD *sha256;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

void digest_sha256(const void *data, size_t len, unsigned char out[static 32])
{
    pthread_once(&once, fetch);
    if (EVP_Digest(data, len, out, NULL, sha256, NULL) != 1)
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
