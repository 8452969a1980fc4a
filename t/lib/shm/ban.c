/* SPDX-License-Identifier: MIT */
#include "lib/shm/ban.h"

#include <stdio.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/lib/shm/shm_fixture.h"

TestSuite(ban, .init = shm_set_up, .fini = shm_tear_down);

Test(ban, lasts_as_long_as_it_is_said)
{
    struct slice who = SLICE_LIT("ip:192.0.2.1");

    cr_expect(!ban_is_any(shm, 1) && ban_find(shm, who, 1) == 0);
    cr_expect(ban_add(shm, who, 1000, 1));
    cr_expect(ban_is_any(shm, 1) && ban_find(shm, who, 1) == 999 && ban_find(shm, who, 999) == 1);
    cr_expect(ban_find(shm, who, 1000) == 0 && !ban_is_any(shm, 1000));
    cr_expect(ban_find(shm, SLICE_LIT("ip:192.0.2.2"), 1) == 0, "another is not meant");
    cr_expect(ban_add(shm, who, 500, 1) && ban_find(shm, who, 1) == 499, "again is anew");
    cr_expect(ban_lift(shm, who) && ban_find(shm, who, 1) == 0);
    cr_expect(!ban_lift(shm, SLICE_LIT("ip:192.0.2.2")));
}

Test(ban, is_listed)
{
    char text[SHM_TEXT];
    uint64_t until;
    int found = 0;

    ban_add(shm, SLICE_LIT("sub:x"), 1000, 1);
    for (int i = 0; i < SHM_BANS; i++)
        if (ban_read(shm, i, 1, text, &until)) {
            found++;
            cr_expect_str_eq(text, "sub:x");
            cr_expect(until == 1000);
        }
    cr_expect(found == 1);
}

Test(ban, refuses_what_has_no_room)
{
    char text[128];
    int refused = 0;

    memset(text, 'x', sizeof(text));
    cr_expect(!ban_add(shm, (struct slice){text, SHM_TEXT}, 1000, 1), "too long");
    cr_expect(ban_add(shm, (struct slice){text, SHM_TEXT - 1}, 1000, 1));
    for (int i = 0; i < 2 * SHM_BANS; i++) {
        int len = snprintf(text, sizeof(text), "ip:%d", i);

        refused += !ban_add(shm, (struct slice){text, (size_t)len}, 1000, 1);
    }
    cr_expect(refused >= SHM_BANS, "none makes room for another");
    cr_expect(ban_add(shm, SLICE_LIT("ip:new"), 3000, 1000), "those that are over do");
}
