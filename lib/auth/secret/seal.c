/* SPDX-License-Identifier: MIT */
/* Format: nonce (12 random bytes) || ciphertext || tag (16 bytes). Random nonces are safe for 2^32
 * texts under one key, more than a server ever seals. */
#include "lib/auth/secret/seal.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"
#include "lib/core/text/uuid.h"

enum { NONCE = 12, TAG = 16, TEXT_MAX = 4096 };

static EVP_CIPHER_CTX *begin(const unsigned char key[static SEAL_KEY], const char *purpose,
                             const unsigned char *nonce, int is_sealing)
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    unsigned char own[32];

    digest_hmac_sha256(key, SEAL_KEY, purpose, strlen(purpose), own);
    if (!c || EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, own, nonce, is_sealing) != 1)
        abort();
    explicit_bzero(own, sizeof(own));
    return c;
}

void seal_close(const unsigned char key[static SEAL_KEY], const char *purpose, struct slice text,
                struct buf *out)
{
    unsigned char bytes[NONCE + TEXT_MAX + TAG];
    EVP_CIPHER_CTX *c;
    int len = 0, rest = 0;

    if (text.len > TEXT_MAX)
        abort();
    random_bytes(bytes, NONCE);
    c = begin(key, purpose, bytes, 1);
    if (EVP_CipherUpdate(c, bytes + NONCE, &len, (const unsigned char *)text.data, (int)text.len) !=
            1 ||
        EVP_CipherFinal_ex(c, bytes + NONCE + len, &rest) != 1 ||
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, bytes + NONCE + text.len) != 1)
        abort();
    EVP_CIPHER_CTX_free(c);
    out->len += base64_encode(bytes, NONCE + text.len + TAG,
                              buf_reserve(out, base64_size(NONCE + text.len + TAG)));
}

bool seal_open(const unsigned char key[static SEAL_KEY], const char *purpose, struct slice sealed,
               struct buf *out)
{
    unsigned char bytes[NONCE + TEXT_MAX + TAG + 2], text[TEXT_MAX + TAG];
    ssize_t size = sealed.len <= base64_size(sizeof(bytes) - 2) ? base64_decode(sealed, bytes) : -1;
    int len = 0, rest = 0, secret_len = (int)size - NONCE - TAG;
    EVP_CIPHER_CTX *c;
    bool ok;

    if (secret_len < 0)
        return false;
    c = begin(key, purpose, bytes, 0);
    ok = EVP_CipherUpdate(c, text, &len, bytes + NONCE, secret_len) == 1 &&
         EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, bytes + NONCE + secret_len) == 1 &&
         EVP_CipherFinal_ex(c, text + len, &rest) == 1;
    EVP_CIPHER_CTX_free(c);
    if (ok)
        buf_put(out, text, (size_t)secret_len);
    explicit_bzero(text, sizeof(text));
    return ok;
}
