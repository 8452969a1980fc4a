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
    list = migration_load(scratch, "sqlite", digest_sha256_hex, &diags);
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

/* Loads the folder for an engine, and writes "version:up/down " of each. */
static const char *load_for(const char *engine, char *out)
{
    struct json_object *list = migration_load(scratch, engine, digest_sha256_hex, &diags);

    *out = '\0';
    for (size_t i = 0; list && i < json_object_array_length(list); i++) {
        struct json_object *m = json_object_array_get_idx(list, i);
        const char *down = jget_text(m, "down");
        char sum[65];

        digest_sha256_hex(jget_text(m, "up"), strlen(jget_text(m, "up")), sum);
        cr_expect_str_eq(jget_text(m, "checksum"), sum, "of what is applied");
        sprintf(out + strlen(out), "%lld:%s/%s ", (long long)jget_int(m, "version"),
                jget_text(m, "up"), down ? down : "");
    }
    json_object_put(list);
    return out;
}

Test(folder, takes_the_file_of_the_engine)
{
    static const char *const files[][2] = {{"1_a.up.sql", "a"},
                                           {"1_a.down.sql", "-a"},
                                           {"1_a.up.postgresql.sql", "pg a"},
                                           {"2_b.up.postgresql.sql", "pg b"},
                                           {"2_b.up.sqlite.sql", "lite b"},
                                           {"2_b.down.postgresql.sql", "-pg b"},
                                           {"3_c.up.sql", "c"},
                                           {"3_c.down.sql", "-c"},
                                           {"3_c.down.sqlite.sql", "-lite c"},
                                           {"3_c.up.sqlite.sql", "lite c"}};
    char out[256];

    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        scratch_put(files[i][0], files[i][1]);
    cr_expect_str_eq(load_for("sqlite", out), "1:a/-a 2:lite b/ 3:lite c/-lite c ");
    cr_expect_str_eq(load_for("postgresql", out), "1:pg a/-a 2:pg b/-pg b 3:c/-c ");
    cr_expect(!diags.count, "%s", diags.count ? diags.items[0].message : "");
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        scratch_unlink(files[i][0]);
}

Test(folder, names_a_version_without_a_file_for_the_engine)
{
    char out[256];

    scratch_put("1_a.up.postgresql.sql", "a");
    cr_expect_str_eq(load_for("postgresql", out), "1:a/ ");
    cr_expect_str_eq(load_for("sqlite", out), "");
    cr_assert(diags.count == 1);
    cr_expect(strstr(diags.items[0].where, "/1_a.up.postgresql.sql"));
    cr_expect_str_eq(diags.items[0].message, "has no matching .up.sql, nor .up.sqlite.sql");
    scratch_unlink("1_a.up.postgresql.sql");
}

Test(folder, tells_the_files_of_one_engine)
{
    cr_expect(migration_is_for_engine("a.sqlite.sql/1_a.up.postgresql.sql"));
    cr_expect(migration_is_for_engine("1_a.down.sqlite.sql"));
    cr_expect(!migration_is_for_engine("m/1_a.up.sql"));
    cr_expect(!migration_is_for_engine("m/1_postgresql.up.sql"));
}

Test(folder, refuses_what_is_no_text)
{
    char file[256];
    FILE *out;

    scratch_put("0001_a.up.sql", "SELECT '\xff';");
    cr_expect(!migration_load(scratch, "sqlite", digest_sha256_hex, &diags) && diags.errors == 1);
    snprintf(file, sizeof(file), "%s/0001_a.up.sql", scratch);
    out = fopen(file, "w");
    fwrite("SELECT 1;\0DROP", 1, 14, out);
    fclose(out);
    cr_expect(!migration_load(scratch, "sqlite", digest_sha256_hex, &diags) && diags.errors == 2);
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
        {{"0001_a.up.sql", "0001_a.up.mysql.sql"}},
        {{"0001_a.up.sql", "0001_a.up.PostgreSQL.sql"}},
        {{"0001_a.up.sql", "0001_a.up.postgresql"
                           "x.sql"}},
        {{"0001_a.up.sql", "0001_a.postgresql.up.down.sql"}},
        {{"0001_a.up.sqlite.sql", "1_a.up.sqlite.sql"}},
        {{"0001_a.up.sql", "0001_b.up.postgresql.sql"}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct diags found = {0};
        struct json_object *list;

        for (int k = 0; k < 2 && rows[i].files[k]; k++)
            scratch_put(rows[i].files[k], "SELECT 1;");
        list = migration_load(scratch, "sqlite", digest_sha256_hex, &found);
        cr_expect(!list && found.errors > 0, "%s", rows[i].files[0]);
        for (int k = 0; k < 2 && rows[i].files[k]; k++)
            scratch_unlink(rows[i].files[k]);
        json_object_put(list);
        diags_fini(&found);
    }
    cr_expect(!migration_load("/tmp/leat-unit-no/such", "sqlite", digest_sha256_hex, &diags) &&
              diags.errors == 1);
}
