/* SPDX-License-Identifier: MIT */
/* db.h: what is opened, and what closing does with the jobs that are left. */
#include "lib/db/db.h"

#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

Test(db_open, opens_no_other_files)
{
    static const struct db_options base = {.synchronous = "off", .readers = 1, .plan_count = 1};
    struct db_options options = base;
    struct diags diags = {0};
    char path[] = "/tmp/leat-unit-db-XXXXXX";
    int fd = mkstemp(path);

    cr_assert(shm_create(&options.shm) >= 0);
    cr_assert(write(fd,
                    "this is no database, but it is long enough to look like the header of "
                    "one: a hundred bytes at the least",
                    103) == 103);
    options.path = path;
    cr_expect(!db_open(&options, &diags) && diags.errors == 1);
    options.path = "/tmp/leat-unit-no/such/file";
    cr_expect(!db_open(&options, &diags) && diags.errors == 2);
    diags_fini(&diags);
    shm_detach(&options.shm);
    unlink(path);
    close(fd);
}
