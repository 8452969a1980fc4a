/* SPDX-License-Identifier: MIT */
#include "lib/conf/database_source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "t/lib/conf/conf_fixture.h"

static struct conf_fixture file;

/* The folder has characters that would mean something in a URL. */
static void set_up(void)
{
    conf_fixture_open(&file, "url-#?%41");
}

static void tear_down(void)
{
    conf_fixture_close(&file);
}

TestSuite(database_source, .init = set_up, .fini = tear_down);

static bool load(const char *text)
{
    return conf_fixture_load(&file, text);
}

Test(database_source, finds_the_file)
{
    static const struct {
        const char *text, *key, *path; /* relative to the folder, or from the root */
    } rows[] = {
        {"{url: 'sqlite:a.db'}", "database.url", "a.db"},
        {"{url: 'SQLite:data/a.db'}", "database.url", "data/a.db"},
        {"{url: 'sqlite:/var/lib/a.db'}", "database.url", "/var/lib/a.db"},
        {"{url: 'sqlite:///var/lib/a.db'}", "database.url", "/var/lib/a.db"},
        {"{url: 'sqlite:a b%20c.db'}", "database.url", "a b%20c.db"},
        {"{path: a.db}", "database.path", "a.db"},
        {"{path: a.db, url: 'sqlite:a.db'}", "database.url", "a.db"},
        {"{path: ~, url: 'sqlite:a.db'}", "database.url", "a.db"},
        {"{path: a.db, url: ~}", "database.path", "a.db"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[128], want[192];
        struct database_source found;

        snprintf(text, sizeof(text), "database: %s", rows[i].text);
        snprintf(want, sizeof(want), "%s%s%s", *rows[i].path == '/' ? "" : file.folder,
                 *rows[i].path == '/' ? "" : "/", rows[i].path);
        cr_assert(load(text), "%s: %s", text, file.diags.count ? file.diags.items[0].message : "");
        found = database_source_of(file.conf);
        cr_expect_str_eq(found.path, want);
        cr_expect_str_eq(found.key, rows[i].key);
        cr_expect(found.value);
    }
}

Test(database_source, knows_that_there_is_none)
{
    cr_assert(load("database: {}"));
    cr_expect(!database_source_of(file.conf).path && !database_source_of(file.conf).value);
    cr_expect_str_eq(database_source_of(file.conf).key, "database.url");
}

Test(database_source, refuses_what_has_no_engine_and_never_shows_a_password)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"{url: 'postgresql://app:hunter2@db/app'}", "this build has no PostgreSQL engine"},
        {"{url: 'postgres://app:hunter2@db/app'}", "this build has no PostgreSQL engine"},
        {"{url: 'POSTGRESQL:hunter2'}", "this build has no PostgreSQL engine"},
        {"{url: 'mysql://app:hunter2@db/app'}", "known are sqlite and postgresql"},
        {"{url: 'hunter2'}", "known are sqlite and postgresql"},
        {"{url: './hunter2.db'}", "known are sqlite and postgresql"},
        {"{url: ':hunter2'}", "known are sqlite and postgresql"},
        {"{url: 'sqlite'}", "known are sqlite and postgresql"},
        {"{url: 'sqlite3:hunter2'}", "known are sqlite and postgresql"},
        {"{url: 'sqlite:'}", "names no file"},
        {"{url: 'sqlite://app:hunter2@db/app'}", "write sqlite:PATH"},
        {"{url: 'sqlite:a.db?key=hunter2'}", "parameters"},
        {"{url: 'sqlite:a.db#hunter2'}", "parameters"},
        {"{url: 'sqlite::memory:'}", "in memory"},
        {"{url: [hunter2]}", "wrong type"},
        {"{url: 'sqlite:hunter2.db', path: b.db}", "set only one of them"},
        {"{url: 'sqlite:b.db', path: hunter2.db}", "set only one of them"},
        /* slips of YAML that make a key of the URL */
        {"{url:postgresql://app:hunter2@db/app}", "unknown key"},
        {"{'postgresql://app:hunter2@db/app'}", "unknown key"},
        {"postgresql://app:hunter2@db/app", "wrong type"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char text[128];

        snprintf(text, sizeof(text), "database: %s", rows[i].text);
        cr_expect(!load(text), "%s", text);
        cr_assert(file.diags.count == 1, "%s", text);
        cr_expect(strstr(file.diags.items[0].message, rows[i].message), "%s: %s", text,
                  file.diags.items[0].message);
        cr_expect(!strstr(file.diags.items[0].message, "hunter2"), "%s",
                  file.diags.items[0].message);
    }
}
