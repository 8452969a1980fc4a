/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/digest.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

Test(digest, hashes)
{
    static const struct {
        const char *text, *want;
    } rows[] = {{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
                {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[65];

        digest_sha256_hex(rows[i].text, strlen(rows[i].text), out);
        cr_expect_str_eq(out, rows[i].want);
    }
}

/* RFC 4231, cases 1, 2 and 6. */
Test(digest, authenticates)
{
    char long_key[131];
    const struct {
        const char *key;
        size_t key_len;
        const char *data, *want;
    } rows[] = {
        {"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", 20,
         "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", 4, "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {long_key, 131, "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"", 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };

    memset(long_key, 0xaa, sizeof(long_key));
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        unsigned char out[32];
        char hex[65];

        digest_hmac_sha256(rows[i].key, rows[i].key_len, rows[i].data, strlen(rows[i].data), out);
        for (int k = 0; k < 32; k++)
            snprintf(hex + 2 * k, 3, "%02x", out[k]);
        cr_expect_str_eq(hex, rows[i].want, "row %zu: %s", i, hex);
    }
}

Test(digest, compares)
{
    cr_expect(digest_is_equal("abc", "abc", 3) && !digest_is_equal("abc", "abd", 3));
    cr_expect(digest_is_equal("", "", 0) && digest_is_equal("a\0b", "a\0b", 3) &&
              !digest_is_equal("a\0b", "a\0c", 3));
}
