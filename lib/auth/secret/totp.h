/* SPDX-License-Identifier: MIT */
/*
 * One-time passwords by the clock (RFC 6238), as authenticator apps make them: HMAC-SHA1, six
 * digits, 30 seconds. Times are seconds since 1970; a step is such a time / 30.
 */
#ifndef LEAT_AUTH_SECRET_TOTP_H
#define LEAT_AUTH_SECRET_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/buf.h"

enum { TOTP_SECRET = 33, TOTP_DIGITS = 6 };

/* Makes 160 random bits: 32 characters of base32 and a NUL. */
void totp_make_secret(char out[static TOTP_SECRET]);
/* Appends the otpauth:// URI that apps read as a QR code. */
void totp_uri(const char *issuer, const char *account, const char *secret, struct buf *out);
/* Whether `code` is that of this step, the one before or the next, and later than `last_step`: each
 * is good once. Then *step is the last_step from now on. In constant time. */
bool totp_check(const char *secret, struct slice code, int64_t now_s, int64_t last_step,
                int64_t *step);

#endif
