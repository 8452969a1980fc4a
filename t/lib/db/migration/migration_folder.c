/* SPDX-License-Identifier: MIT */
/* migration.h: reading the folder. */
#include "lib/db/migration/migration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/auth/secret/digest.h"
#include "lib/core/json/jget.h"
#include "t/fixtures/fixture.h"

static struct diags diags;

static void set_up(void)
{
    scratch_make();
}

static void tear_down(void)
{
    scratch_remove();
    diags_fini(&diags);
}

TestSuite(folder, .init = set_up, .fini = tear_down);

Test(folder, reads_in_order_of_version)
{
    static const char *const files[] = {"10_c.up.sql", "0002_b.up.sql", "0002_b.down.sql",
                                        "1_a_b.up.sql", "README"};
    struct json_object *list;

    for (int i = 0; i < 5; i++)
        scratch_put(files[i], i == 1 ? "\xc3\xa4\r\n" : "x\n");
    list = migration_load(scratch, digest_sha256_hex, &diags);
    for (int i = 0; i < 5; i++)
        scratch_unlink(files[i]);
    cr_assert(list && json_object_array_length(list) == 3);
    cr_expect(jget_int(json_object_array_get_idx(list, 0), "version") == 1);
    cr_expect_str_eq(jget_text(json_object_array_get_idx(list, 0), "name"), "a_b");
    cr_expect(jget_int(json_object_array_get_idx(list, 2), "version") == 10);
    cr_expect(!jget(json_object_array_get_idx(list, 0), "down"));
    cr_expect_str_eq(jget_text(json_object_array_get_idx(list, 1), "up"), "\xc3\xa4\r\n");
    cr_expect_str_eq(jget_text(json_object_array_get_idx(list, 1), "down"), "x\n");
    json_object_put(list);
}

Test(folder, refuses_what_is_no_text)
{
    char file[256];
    FILE *out;

    scratch_put("0001_a.up.sql", "SELECT '\xff';");
    cr_expect(!migration_load(scratch, digest_sha256_hex, &diags) && diags.errors == 1);
    snprintf(file, sizeof(file), "%s/0001_a.up.sql", scratch);
    out = fopen(file, "w");
    fwrite("SELECT 1;\0DROP", 1, 14, out);
    fclose(out);
    cr_expect(!migration_load(scratch, digest_sha256_hex, &diags) && diags.errors == 2);
    scratch_unlink("0001_a.up.sql");
}

Test(folder, refuses_bad_folders)
{
    static const struct {
        const char *files[2];
    } rows[] = {
        {{"0001_a.sql", NULL}},
        {{"a.up.sql", NULL}},
        {{"0001.up.sql", NULL}},
        {{"0001_.up.sql", NULL}},
        {{"0000_a.up.sql", NULL}},
        {{"-1_a.up.sql", NULL}},
        {{"+1_a.up.sql", NULL}},
        {{"99999999999999999999_a.up.sql", NULL}},
        {{"0001_a.down.sql", NULL}},
        {{"0001_a.up.sql", "0001_b.up.sql"}},
        {{"0001_a.up.sql", "0001_b.down.sql"}},
        {{"0001_a.up.sql", "1_a.up.sql"}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct diags found = {0};
        struct json_object *list;

        for (int k = 0; k < 2 && rows[i].files[k]; k++)
            scratch_put(rows[i].files[k], "SELECT 1;");
        list = migration_load(scratch, digest_sha256_hex, &found);
        cr_expect(!list && found.errors > 0, "%s", rows[i].files[0]);
        for (int k = 0; k < 2 && rows[i].files[k]; k++)
            scratch_unlink(rows[i].files[k]);
        json_object_put(list);
        diags_fini(&found);
    }
    cr_expect(!migration_load("/tmp/leat-unit-no/such", digest_sha256_hex, &diags) &&
              diags.errors == 1);
}
