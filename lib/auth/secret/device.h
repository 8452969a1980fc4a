/* SPDX-License-Identifier: MIT */
/*
 * Device cookies (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"): a browser that
 * has logged in to an account keeps a sealed text that says so. Its failed logins are counted
 * apart, so that strangers who guess cannot lock out the owner. The cookie alone grants nothing.
 */
#ifndef LEAT_AUTH_SECRET_DEVICE_H
#define LEAT_AUTH_SECRET_DEVICE_H

#include <stdint.h>

#include "lib/auth/secret/seal.h"

#define DEVICE_COOKIE "__Host-device"
enum { DEVICE_S = 90 * 86400, DEVICE_ID = 23 };

/* Makes a new device for the account with that address, known from `now_s` (seconds since 1970) for
 * DEVICE_S. Appends the cookie's value. */
void device_seal(const unsigned char key[static SEAL_KEY], const char *email, int64_t now_s,
                 struct buf *out);
/* Reads the device's id, NUL-terminated. Returns false if the cookie is not for that account or has
 * expired. */
bool device_open(const unsigned char key[static SEAL_KEY], const char *email, struct slice cookie,
                 int64_t now_s, char id[static DEVICE_ID]);

#endif
