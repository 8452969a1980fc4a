/* SPDX-License-Identifier: MIT */
#include "lib/db/backup/backup_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/fixtures/fixture.h"

#define NOW UINT64_C(1796000000000) /* 2026-11-30T00:53:20Z */
#define DAY UINT64_C(86400000)

TestSuite(backup_folder, .init = scratch_make, .fini = scratch_remove);

static void touch(const char *name)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", scratch, name);
    f = fopen(path, "w");
    cr_assert(f);
    fclose(f);
}

static void touch_at(uint64_t real_ms)
{
    char *path = backup_folder_name(scratch, "/x/a.db", real_ms);

    touch(strrchr(path, '/') + 1);
    free(path);
}

static bool exists_at(uint64_t real_ms)
{
    char *path = backup_folder_name(scratch, "/x/a.db", real_ms);
    bool exists = access(path, F_OK) == 0;

    free(path);
    return exists;
}

static uint64_t newest(void)
{
    struct backup_newest found;
    struct fault fault;

    cr_assert(backup_folder_newest(scratch, "/x/a.db", NOW, &found, &fault), "%s", fault.text);
    return found.real_ms;
}

static int trim(uint64_t count, uint64_t age_ms)
{
    return backup_folder_trim(scratch, "/x/a.db", NOW,
                              &(struct backup_retention){.count = count, .age_ms = age_ms});
}

Test(backup_folder, names_by_time)
{
    char *path = backup_folder_name("/b", "/x/a.db", NOW);

    cr_expect_str_eq(path, "/b/a.db-20261130T005320Z.backup");
    free(path);
    cr_expect(newest() == 0, "an empty folder has none");
    touch_at(NOW - DAY);
    touch_at(NOW - 3 * DAY);
    cr_expect(newest() == NOW - DAY);
    touch_at(NOW + DAY);
    cr_expect(newest() == NOW - DAY, "one of tomorrow does not count");
}

Test(backup_folder, knows_no_other_names)
{
    static const char *const names[] = {
        "a.db",
        "a.db-.backup",
        "a.db-20261129T005320Z.backup~",
        "a.db-20261129T005320Z.backup.partial",
        "a.db-20261129T005320.backupx",
        "a.db-20261329T005320Z.backup",
        "a.db-20260230T005320Z.backup",
        "a.db-20261129T246060Z.backup",
        "a.db- 0261129T005320Z.backup",
        "a.db_20261129T005320Z.backup",
        "b.db-20261129T005320Z.backup",
        "aa.db-20261129T005320Z.backup",
        "A.DB-20261129T005320Z.backup",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        touch(names[i]);
        cr_expect(newest() == 0, "%s", names[i]);
    }
    touch_at(NOW);
    cr_expect(trim(1, 1) == 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char path[512];

        snprintf(path, sizeof(path), "%s/%s", scratch, names[i]);
        cr_expect(access(path, F_OK) == 0, "%s stays", names[i]);
    }
}

Test(backup_folder, keeps_the_newest)
{
    for (uint64_t day = 0; day < 8; day++)
        touch_at(NOW - day * DAY);
    touch_at(NOW + DAY);
    cr_expect(trim(100, 0) == 0);
    cr_expect(trim(5, 0) == 3);
    cr_expect(exists_at(NOW - 4 * DAY) && !exists_at(NOW - 5 * DAY));
    cr_expect(trim(5, 2 * DAY) == 2, "age, too");
    cr_expect(exists_at(NOW - 2 * DAY) && !exists_at(NOW - 3 * DAY));
    cr_expect(trim(1, 1) == 2);
    cr_expect(exists_at(NOW) && exists_at(NOW + DAY));
}

Test(backup_folder, keeps_the_newest_however_old)
{
    touch_at(NOW - 100 * DAY);
    touch_at(NOW - 200 * DAY);
    cr_expect(trim(1, DAY) == 1);
    cr_expect(exists_at(NOW - 100 * DAY));
}

Test(backup_folder, tells_why_it_cannot_look)
{
    struct backup_newest found;
    struct fault fault;

    cr_expect(!backup_folder_newest("/nonexistent/x", "a.db", NOW, &found, &fault));
    cr_expect_str_eq(fault.text, "the folder /nonexistent/x: No such file or directory");
}
