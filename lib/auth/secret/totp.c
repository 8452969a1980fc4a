/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/totp.h"

#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/core/text/base32.h"
#include "lib/auth/secret/digest.h"
#include "lib/core/text/percent.h"
#include "lib/core/text/uuid.h"

enum { KEY = 20, PERIOD_S = 30, SKEW = 1 };

void totp_make_secret(char out[static TOTP_SECRET])
{
    unsigned char key[KEY];

    random_bytes(key, sizeof(key));
    out[base32_encode(key, sizeof(key), out)] = '\0';
    explicit_bzero(key, sizeof(key));
}

void totp_uri(const char *issuer, const char *account, const char *secret, struct buf *out)
{
    buf_puts(out, "otpauth://totp/");
    percent_encode(out, slice_of(issuer));
    buf_putc(out, ':');
    percent_encode(out, slice_of(account));
    buf_printf(out, "?secret=%s&issuer=", secret);
    percent_encode(out, slice_of(issuer));
    buf_puts(out, "&algorithm=SHA1&digits=6&period=30");
}

/* Computes a six-digit code (RFC 4226, 5.3). */
static void make_code(const unsigned char key[static KEY], int64_t step,
                      char out[static TOTP_DIGITS])
{
    unsigned char counter[8], sum[20];
    const unsigned char *at;
    uint32_t number;

    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    if (!HMAC(EVP_sha1(), key, KEY, counter, sizeof(counter), sum, NULL))
        abort();
    at = sum + (sum[19] & 15);
    number = (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    for (int i = TOTP_DIGITS; i-- > 0; number /= 10)
        out[i] = (char)('0' + number % 10);
}

bool totp_check(const char *secret, struct slice code, int64_t now_s, int64_t last_step,
                int64_t *step)
{
    unsigned char key[TOTP_SECRET];
    char want[TOTP_DIGITS];
    bool is_good = false;

    if (strlen(secret) != TOTP_SECRET - 1 || code.len != TOTP_DIGITS ||
        base32_decode(slice_of(secret), key) != KEY)
        return false;
    for (int64_t at = now_s / PERIOD_S - SKEW; at <= now_s / PERIOD_S + SKEW; at++) {
        make_code(key, at, want);
        if (digest_is_equal(want, code.data, TOTP_DIGITS) & (at > last_step)) {
            *step = at; /* the later of two steps with equal codes: none is valid again */
            is_good = true;
        }
    }
    explicit_bzero(key, sizeof(key));
    explicit_bzero(want, sizeof(want));
    return is_good;
}
