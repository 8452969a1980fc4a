/* SPDX-License-Identifier: MIT */
/* SHA-256 (FIPS 180-4) and HMAC (RFC 2104) by OpenSSL. */
#ifndef LEAT_AUTH_SECRET_DIGEST_H
#define LEAT_AUTH_SECRET_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

/* Writes the 32 bytes of SHA-256. */
void digest_sha256(const void *data, size_t len, unsigned char out[static 32]);
/* Writes 64 hexadecimal digits and a NUL. */
void digest_sha256_hex(const char *data, size_t len, char out[static 65]);
void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        unsigned char out[static 32]);
/* Compares in constant time. */
bool digest_is_equal(const void *a, const void *b, size_t len);

#endif
