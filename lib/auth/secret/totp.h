/* SPDX-License-Identifier: MIT */
/*
 * Time-based one-time passwords (RFC 6238) as authenticator apps make them: HMAC-SHA1, six digits,
 * 30 seconds. Times are seconds since 1970; a step is such a time divided by 30.
 */
#ifndef LEAT_AUTH_SECRET_TOTP_H
#define LEAT_AUTH_SECRET_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

enum { TOTP_SECRET = 33, TOTP_DIGITS = 6 };

/* Makes 160 random bits: 32 characters of base32 and a NUL. */
void totp_make_secret(char out[static TOTP_SECRET]);
/* Appends the otpauth:// URI that apps read from a QR code. */
void totp_uri(const char *issuer, const char *account, const char *secret, struct buf *out);
/* Returns true if `code` is that of the current step, the one before or the next, and the step is
 * later than `last_step`, since each code is valid once. *step is then the new last_step. Compares
 * in constant time. */
bool totp_check(const char *secret, struct slice code, int64_t now_s, int64_t last_step,
                int64_t *step);

#endif
