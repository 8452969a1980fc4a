/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/totp.h"

#include <string.h>

#include <criterion/criterion.h>

#include "lib/core/text/base32.h"

/* "12345678901234567890", the key of both RFCs. */
static const char secret[] = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

static bool check(const char *code, int64_t now_s, int64_t last_step, int64_t *step)
{
    return totp_check(secret, slice_of(code), now_s, last_step, step);
}

/* RFC 6238, appendix B, SHA-1: the last six of its eight digits. */
Test(totp, agrees_with_rfc_6238)
{
    static const struct {
        int64_t now_s;
        const char *code;
    } rows[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t step = 0;

        cr_expect(check(rows[i].code, rows[i].now_s, 0, &step), "at %ld", (long)rows[i].now_s);
        cr_expect(step == rows[i].now_s / 30);
    }
}

/* RFC 4226, appendix D: its counter is the step. */
static const char *const codes[] = {"755224", "287082", "359152", "969429", "338314",
                                    "254676", "287922", "162583", "399871", "520489"};
enum { CODES = sizeof(codes) / sizeof(*codes) };

Test(totp, takes_a_step_before_and_behind)
{
    for (int64_t at = 0; at < CODES; at++)
        for (int64_t now = 0; now < CODES; now++)
            for (int64_t second = 0; second < 30; second += 29) {
                int64_t step = -5;
                bool is_near = at >= now - 1 && at <= now + 1;

                cr_expect(check(codes[at], now * 30 + second, -1, &step) == is_near);
                cr_expect(step == (is_near ? at : -5), "code %ld at %ld", (long)at, (long)now);
            }
}

Test(totp, takes_each_once)
{
    int64_t step = -1;

    for (int64_t last = -1; last < CODES; last++)
        for (int64_t at = 4; at <= 6; at++)
            cr_expect(check(codes[at], 5 * 30, last, &step) == (at > last));
    cr_expect(check(codes[4], 5 * 30, 3, &step) && step == 4);
    cr_expect(!check(codes[4], 5 * 30, step, &step), "again");
    cr_expect(check(codes[5], 5 * 30, step, &step) && step == 5);
}

/* The steps 910737 and 910738 have the same code. */
Test(totp, takes_twins_for_one)
{
    int64_t step = 0;

    cr_expect(check("911617", 910737 * 30, 0, &step) && step == 910738);
    cr_expect(!check("911617", 910738 * 30, step, &step), "again");
}

Test(totp, refuses)
{
    static const char *const wrong[] = {"",        "28708",   "0287082", "287083",
                                        "28708a",  "287 082", " 287082", "94287082",
                                        "2870820", "-87082",  "000000"};
    char long_secret[1000] = "";
    const char *const damaged[] = {
        "",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGE",
        "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
        "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQO==",
        long_secret,
    };
    int64_t step;

    memset(long_secret, 'A', sizeof(long_secret) - 1);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        cr_expect(!check(wrong[i], 59, 0, &step), "%s", wrong[i]);
    for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++)
        cr_expect(!totp_check(damaged[i], SLICE_LIT("287082"), 59, 0, &step), "%s", damaged[i]);
}

Test(totp, makes_secrets)
{
    char a[TOTP_SECRET], b[TOTP_SECRET], key[TOTP_SECRET];

    totp_make_secret(a);
    totp_make_secret(b);
    cr_expect(strlen(a) == 32 && strcmp(a, b) != 0);
    cr_expect(base32_decode(slice_of(a), key) == 20);
}

Test(totp, writes_the_uri)
{
    struct buf b = {0};

    totp_uri("Mills & Co", "j\xc3\xb6rg+1@example.com", secret, &b);
    cr_expect_str_eq(buf_text(&b),
                     "otpauth://totp/Mills%20%26%20Co:j%C3%B6rg%2B1%40example.com"
                     "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mills%20%26%20Co"
                     "&algorithm=SHA1&digits=6&period=30");
    buf_fini(&b);
}
