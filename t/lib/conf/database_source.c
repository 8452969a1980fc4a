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

Test(database_source, knows_the_engine)
{
    cr_assert(
        load("database: {url: 'postgres://app@a,b:5433/app?sslmode=verify-full', connections: "
             "{read: 4, write: 1, slow: 1}, migrations: m}"));
    cr_expect_str_eq(database_source_of(file.conf).engine, "postgresql");
    cr_expect_str_eq(database_source_of(file.conf).url,
                     "postgresql://app@a,b:5433/app?sslmode=verify-full");
    cr_assert(load("database: {url: 'sqlite:a.db'}"));
    cr_expect_str_eq(database_source_of(file.conf).engine, "sqlite");
    cr_expect(!database_source_of(file.conf).url);
    cr_assert(load("database: {}"));
    cr_expect_str_eq(database_source_of(file.conf).engine, "sqlite");
}

/* A file made from the sample of all keys has them all. */
Test(database_source, accepts_the_defaults_of_another_engine)
{
    cr_expect(load("database: {url: 'sqlite:a.db', connections: {read: 2, write: "
                   "2, slow: 1}}"),
              "%s", file.diags.count ? file.diags.items[0].message : "");
    cr_expect(load("database: {url: 'postgresql://a/b', synchronous: full, batch: 256, readers: "
                   "2, read-budget: 5ms, cache: auto, mmap: 0, wal-limit: 1GiB}"),
              "%s", file.diags.count ? file.diags.items[0].message : "");
}

Test(database_source, refuses_the_keys_of_another_engine)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"path: a.db", "database.path: does not apply to PostgreSQL"},
        {"synchronous: normal", "database.synchronous: does not apply to PostgreSQL"},
        {"batch: 2", "database.batch: does not apply to PostgreSQL"},
        {"readers: 3", "database.readers: does not apply to PostgreSQL"},
        {"read-budget: 6ms", "database.read-budget: does not apply to PostgreSQL"},
        {"cache: 4MiB", "database.cache: does not apply to PostgreSQL"},
        {"mmap: 1", "database.mmap: does not apply to PostgreSQL"},
        {"wal-limit: 2GiB", "database.wal-limit: does not apply to PostgreSQL"},
    };
    static const char *const others[][2] = {
        {"connections: {read: 1}", "database.connections.read: does not apply to SQLite"},
    };
    char text[128];

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        snprintf(text, sizeof(text), "database: {url: 'postgresql://a/b',\n %s}", rows[i].text);
        cr_expect(!load(text));
        cr_assert(file.diags.count == 1, "%s", text);
        cr_expect_str_eq(file.diags.items[0].message, rows[i].message);
        cr_expect(strstr(file.diags.items[0].where, ".yaml:2:"), "%s", file.diags.items[0].where);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        snprintf(text, sizeof(text), "database: {url: 'sqlite:a.db',\n %s}", others[i][0]);
        cr_expect(!load(text));
        cr_assert(file.diags.count == 1, "%s", text);
        cr_expect_str_eq(file.diags.items[0].message, others[i][1]);
        cr_expect(strstr(file.diags.items[0].where, ".yaml:2:"), "%s", file.diags.items[0].where);
    }
}

Test(database_source, refuses_what_has_no_engine_and_never_shows_a_password)
{
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"{url: 'postgresql://app:hunter2@db/app'}", "must not contain a password"},
        {"{url: 'postgres://app:hunter2@db/app'}", "must not contain a password"},
        {"{url: 'POSTGRESQL:hunter2'}", "must be postgresql://"},
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
