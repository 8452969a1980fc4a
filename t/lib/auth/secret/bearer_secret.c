/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/bearer_secret.h"

#include <criterion/criterion.h>

#include "lib/core/text/base64.h"
#include "lib/auth/secret/digest.h"

Test(bearer_secret, makes_secrets)
{
    char a[BEARER_SECRET_TEXT], b[BEARER_SECRET_TEXT], bytes[BEARER_SECRET_TEXT];

    bearer_secret_make(a);
    bearer_secret_make(b);
    cr_expect(strlen(a) == BEARER_SECRET_TEXT - 1 && strcmp(a, b) != 0);
    cr_expect(base64_decode(slice_of(a), bytes) == 32);
}

Test(bearer_secret, hashes)
{
    char out[BEARER_SECRET_HASH];

    bearer_secret_hash(SLICE_LIT("abc"), out);
    cr_expect_str_eq(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    bearer_secret_hash((struct slice){NULL, 0}, out);
    cr_expect_str_eq(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* HMAC-SHA256 of "token\0salt" and the like under 32 bytes of 0x0b, by another's HMAC. */
Test(bearer_secret, derives)
{
    static const struct {
        const char *text, *salt, *want;
    } rows[] = {
        {"token", "salt", "g9nV9GrwM8kCfDFkFDWhq02mDNZrd9m-Tz-X12VSkxA"},
        {"tokens", "alt", "21RqQyr-OhjtLw1DfYghHTuqB4cPW86fMsgVBg8mGe0"},
        {"token", "", "CJiQeZ-yOC3tSE1ylGncF51Y3xC9UwtRcblNsdkMCZE"},
        {"", "token", "haWDhu-grGpWVnqHMthMHYfX3c_98f8kE8Ag2vf1EGs"},
    };
    unsigned char key[BEARER_SECRET_KEY];
    char out[BEARER_SECRET_TEXT], other[BEARER_SECRET_TEXT];

    memset(key, 0x0b, sizeof(key));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bearer_secret_derive(key, slice_of(rows[i].text), slice_of(rows[i].salt), out);
        cr_expect_str_eq(out, rows[i].want);
    }
    bearer_secret_derive(key, SLICE_LIT("token"), SLICE_LIT("salt"), out);
    key[31] ^= 1;
    bearer_secret_derive(key, SLICE_LIT("token"), SLICE_LIT("salt"), other);
    cr_expect(strcmp(out, other) != 0);
}
