/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/seal.h"

#include <criterion/criterion.h>

static const unsigned char key[SEAL_KEY] = {1, 2, 3}, other[SEAL_KEY] = {1, 2, 4};

static bool opens(const unsigned char *with, const char *purpose, struct slice sealed,
                  const char *want)
{
    struct buf out = {0};
    bool ok = seal_open(with, purpose, sealed, &out);

    if (ok)
        cr_expect_str_eq(buf_text(&out), want);
    else
        cr_expect_eq(out.len, 0);
    buf_fini(&out);
    return ok;
}

Test(seal, opens_for_its_key_and_purpose_only)
{
    static const char *const texts[] = {"", "a", "sixteen bytes it", "more than sixteen bytes"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct buf out = {0};

        seal_close(key, "cookie", slice_of(texts[i]), &out);
        cr_expect(opens(key, "cookie", buf_slice(&out), texts[i]), "%zu", i);
        cr_expect(!opens(other, "cookie", buf_slice(&out), texts[i]), "%zu", i);
        cr_expect(!opens(key, "cookies", buf_slice(&out), texts[i]), "%zu", i);
        buf_fini(&out);
    }
}

Test(seal, is_never_twice_the_same)
{
    struct buf a = {0}, b = {0};

    seal_close(key, "x", SLICE_LIT("text"), &a);
    seal_close(key, "x", SLICE_LIT("text"), &b);
    cr_expect(a.len == b.len && memcmp(a.data, b.data, a.len) != 0);
    buf_fini(&a);
    buf_fini(&b);
}

Test(seal, no_part_of_it_can_be_changed)
{
    struct buf out = {0};

    seal_close(key, "x", SLICE_LIT("text"), &out);
    for (size_t i = 0; i < out.len; i++) {
        char was = out.data[i];

        out.data[i] = was == 'A' ? 'B' : 'A';
        cr_expect(!opens(key, "x", buf_slice(&out), "text"), "%zu", i);
        out.data[i] = was;
    }
    for (size_t len = 0; len < out.len; len++)
        cr_expect(!opens(key, "x", (struct slice){out.data, len}, "text"), "%zu", len);
    cr_expect(opens(key, "x", buf_slice(&out), "text"));
    buf_fini(&out);
}

Test(seal, nothing_that_is_too_long_is_looked_at)
{
    char big[8192];

    memset(big, 'A', sizeof(big));
    cr_expect(!opens(key, "x", (struct slice){big, sizeof(big)}, ""));
    cr_expect(!opens(key, "x", (struct slice){NULL, 0}, ""));
}
