/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/device.h"

#include <string.h>

#include <criterion/criterion.h>

enum { NOW = 1000000 };
static const unsigned char key[SEAL_KEY] = {1}, other[SEAL_KEY] = {2};

Test(device, is_known_to_its_account_for_a_while)
{
    static const struct {
        const unsigned char *key;
        const char *email;
        int64_t after_s;
        bool want;
    } rows[] = {
        {key, "ann@x", 0, true},         {key, "ann@x", DEVICE_S - 1, true},
        {key, "ann@x", DEVICE_S, false}, {key, "bob@x", 0, false},
        {key, "ann@x.org", 0, false},    {other, "ann@x", 0, false},
    };
    struct buf cookie = {0};
    char id[DEVICE_ID];

    device_seal(key, "ann@x", NOW, &cookie);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(device_open(rows[i].key, rows[i].email, buf_slice(&cookie), NOW + rows[i].after_s,
                              id) == rows[i].want,
                  "row %zu", i);
    buf_fini(&cookie);
}

Test(device, each_has_an_id_of_its_own)
{
    struct buf one = {0}, two = {0};
    char first[DEVICE_ID], again[DEVICE_ID], second[DEVICE_ID];

    device_seal(key, "ann@x", NOW, &one);
    device_seal(key, "ann@x", NOW, &two);
    cr_assert(device_open(key, "ann@x", buf_slice(&one), NOW, first));
    cr_assert(device_open(key, "ann@x", buf_slice(&one), NOW, again));
    cr_assert(device_open(key, "ann@x", buf_slice(&two), NOW, second));
    cr_expect_str_eq(first, again);
    cr_expect_str_neq(first, second);
    cr_expect(strlen(first) == DEVICE_ID - 1);
    buf_fini(&one);
    buf_fini(&two);
}

Test(device, what_was_sealed_for_something_else_is_none)
{
    static const char *const purposes[] = {"oauth", "devices", ""};
    char id[DEVICE_ID];

    for (size_t i = 0; i < sizeof(purposes) / sizeof(*purposes); i++) {
        struct buf cookie = {0};

        seal_close(key, purposes[i], SLICE_LIT("whatever"), &cookie);
        cr_expect(!device_open(key, "ann@x", buf_slice(&cookie), NOW, id));
        buf_fini(&cookie);
    }
    cr_expect(!device_open(key, "ann@x", (struct slice){NULL, 0}, NOW, id));
    cr_expect(!device_open(key, "ann@x", SLICE_LIT("x"), NOW, id));
}
