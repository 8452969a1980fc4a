/* SPDX-License-Identifier: MIT */
#include "lib/conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/json/mark.h"
#include "t/lib/conf/conf_fixture.h"

static struct conf_fixture file;

static void set_up(void)
{
    conf_fixture_open(&file, "conf");
}

static void tear_down(void)
{
    conf_fixture_close(&file);
}

TestSuite(conf, .init = set_up, .fini = tear_down);

static bool load(const char *text)
{
    return conf_fixture_load(&file, text);
}

Test(conf, fills_in_the_defaults)
{
    static const char *const rows[] = {"{}", "database:\nlog: ~\nworkers:\n"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json_object *listen;

        cr_assert(load(rows[i]), "%s: %s", rows[i],
                  file.diags.count ? file.diags.items[0].message : "");
        listen = json_object_array_get_idx(conf_get(file.conf, "listen"), 0);
        cr_expect_str_eq(conf_string(listen, "address"), "127.0.0.1:8080");
        cr_expect(conf_int(listen, "mode") == 0666 && conf_int(listen, "backlog") == 1024);
        cr_expect(conf_int(file.conf, "workers") >= 1);
        cr_expect(conf_int(file.conf, "database.cache") >= 1 << 20 &&
                      conf_int(file.conf, "database.cache") <= 256 << 20,
                  "a share of the memory");
        cr_expect(conf_int(file.conf, "limits.body") == 1048576 &&
                  conf_int(file.conf, "timeouts.head") == 10000);
        cr_expect(conf_int(file.conf, "control.mode") == 0600 &&
                  conf_bool(file.conf, "log.access"));
        cr_expect_str_eq(conf_string(file.conf, "log.path"), "-");
        cr_expect_str_eq(conf_string(file.conf, "database.migrate"), "manual");
        cr_expect(!conf_string(file.conf, "secret") && !conf_string(file.conf, "database.path") &&
                  !conf_string(file.conf, "user"));
    }
}

Test(conf, refuses_an_empty_file)
{
    static const char *const rows[] = {"", "# nothing\n", "---\n", "~\n", "\n\n"};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(!load(rows[i]), "%s", rows[i]);
        cr_expect_str_eq(file.diags.items[0].message, "is empty");
    }
}

Test(conf, brings_values_into_one_form)
{
    char want[128];

    cr_assert(
        load(
            "listen: [{address: 'unix:run/a.sock', mode: 0600, trusted: [unix, 10.0.0.0/8]}]\n"
            "workers: 3\ntimeouts: {head: 1m30s, idle: 250ms}\nlimits: {body: 64KiB, header: 512}\n"
            "database: {path: data/a.db}\nlog: {path: /var/log/x, access: false}\nsecret: "
            "file:key\n"
            "api: [{document: api.yaml}]\n"),
        "%s", file.diags.count ? file.diags.items[0].message : "");
    snprintf(want, sizeof(want), "unix:%s/run/a.sock", file.folder);
    cr_expect_str_eq(
        conf_string(json_object_array_get_idx(conf_get(file.conf, "listen"), 0), "address"), want);
    cr_expect(conf_int(json_object_array_get_idx(conf_get(file.conf, "listen"), 0), "mode") ==
              0600);
    snprintf(want, sizeof(want), "%s/data/a.db", file.folder);
    cr_expect_str_eq(conf_string(file.conf, "database.path"), want);
    snprintf(want, sizeof(want), "file:%s/key", file.folder);
    cr_expect_str_eq(conf_string(file.conf, "secret"), want);
    snprintf(want, sizeof(want), "%s/api.yaml", file.folder);
    cr_expect_str_eq(
        conf_string(json_object_array_get_idx(conf_get(file.conf, "api"), 0), "document"), want);
    cr_expect_str_eq(conf_string(file.conf, "log.path"), "/var/log/x");
    cr_expect(conf_int(file.conf, "workers") == 3 && !conf_bool(file.conf, "log.access"));
    cr_expect(conf_int(file.conf, "timeouts.head") == 90000 &&
              conf_int(file.conf, "timeouts.idle") == 250);
    cr_expect(conf_int(file.conf, "limits.body") == 65536 &&
              conf_int(file.conf, "limits.header") == 512);
}

Test(conf, takes_the_same_map_twice)
{
    cr_expect(load("api: [&a {document: a.yaml}, *a]\n"), "%s",
              file.diags.count ? file.diags.items[0].message : "");
}

Test(conf, refuses_bad_values)
{
    static const struct {
        const char *text, *where;
    } rows[] = {
        {"workers: 0", ":1:10"},
        {"workers: 1025", ":1:10"},
        {"workers: many", ":1:10"},
        {"database: {cache: much}", ":1:19"},
        {"database: {cache: 1KiB}", ":1:19"},
        {"database: {mmap: auto}", ":1:18"},
        {"workers: 1.5", ":1:10"},
        {"\nworkers: [1]", ":2:10"},
        {"listen: []", ":1:9"},
        {"listen: 8080", ":1:9"},
        {"listen: ['*:80']", ":1:10"},
        {"listen: [{}]", ":1:10"},
        {"listen: [{address: ':80'}]", ":1:20"},
        {"listen: [{address: '*:80', mode: '0999'}]", ":1:34"},
        {"listen: [{address: '*:80', trusted: [10.0.0.0/33]}]", ":1:38"},
        {"listen: [{address: '*:80', trusted: [~]}]", ":1:"},
        {"timeouts: {head: 10}", ":1:18"},
        {"timeouts: {head: 99ms}", ":1:18"},
        {"timeouts: {head: 2h}", ":1:18"},
        {"timeouts: 1s", ":1:11"},
        {"limits: {body: -1}", ":1:16"},
        {"limits: {body: 2GiB}", ":1:16"},
        {"limits: {depth: '3'}", ":1:17"},
        {"log: {level: loud}", ":1:14"},
        {"log: {access: yes}", ":1:15"},
        {"database: {path: ''}", ":1:18"},
        {"backup: {folder: x}", ":1:9"},
        {"database: {path: x}\nbackup: {every: 1h}", ":2:9"},
        {"database: {path: x}\nbackup: {folder: x, keep: 0}", ":2:27"},
        {"secret: hunter2hunter2hunter2", ":1:9"},
        {"secret: 'env:'", ":1:9"},
        {"worker: 1", ":1:1"},
        {"timeouts: {haed: 1s}", ":1:12"},
        {"listen[].mode: 1", ":1:1"},
        {"database.path: x", ":1:1"},
        {"- 1", ":1:1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(!load(rows[i].text), "%s", rows[i].text);
        cr_expect(file.diags.errors == 1 && file.diags.items[0].where &&
                      strstr(file.diags.items[0].where, rows[i].where),
                  "%s: %s: %s", rows[i].text,
                  file.diags.count ? file.diags.items[0].where : "no error",
                  file.diags.count ? file.diags.items[0].message : "");
        cr_expect(!file.diags.count || !strstr(file.diags.items[0].message, "hunter2"),
                  "a secret in a message");
    }
}

Test(conf, reports_all_that_is_wrong)
{
    cr_expect(!load("workers: 0\nlogs: {}\nlimits: {depth: 0, bodi: 1}\nlisten: [{adress: a}]\n"));
    cr_expect(file.diags.errors == 6, "%zu", file.diags.errors);
    diags_sort(&file.diags);
    cr_expect(strstr(file.diags.items[1].message, "did you mean log"), "%s",
              file.diags.items[1].message);
}

Test(conf, refuses_two_keys_that_make_one_file)
{
    static const struct {
        const char *text;
        size_t errors;
    } rows[] = {
        {"database: {path: app.db}\ncontrol: {socket: app.db}", 1},
        {"database: {path: app.db}\ncontrol: {socket: app.db-wal}", 1},
        {"database: {path: app.db}\nlisten: [{address: 'unix:app.db'}]", 1},
        {"database: {path: app.db}\nlog: {path: app.db-shm}", 1},
        {"database: {path: app.db}\nmail: {from: a@b, file: app.db.keys}", 1},
        {"control: {socket: s}\nlisten: [{address: 'unix:s'}]", 1},
        {"control: {socket: s}\nlog: {path: s}\nmail: {from: a@b, file: s}", 3},
        {"listen: [{address: 'unix:s'}, {address: 'unix:s'}]", 1},
        {"database: {path: app.db}\ncontrol: {socket: s}\nlisten: [{address: 'unix:t'}]\n"
         "log: {path: '-'}\nmail: {from: a@b, file: m}",
         0},
        {"database: {path: app.db}\nidentity: {key-file: 'file:app.db.keys'}", 0},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_expect(load(rows[i].text) == !rows[i].errors, "%s", rows[i].text);
        cr_expect(file.diags.errors == rows[i].errors, "%s: %zu", rows[i].text, file.diags.errors);
    }
}

Test(conf, names_its_sources)
{
    struct json_object *sources;
    const char *where;

    cr_assert(load("workers: 2\ntimeouts:\n  head: 5s\nlisten: [{address: '*:80'}]\n"));
    sources = conf_sources(file.conf);
    where = json_object_get_string(json_object_object_get(sources, "timeouts.head"));
    cr_expect(where && strstr(where, "leat.yaml:3:9"), "%s", where);
    where = json_object_get_string(json_object_object_get(sources, "workers"));
    cr_expect(where && strstr(where, "leat.yaml:1:10"), "%s", where);
    cr_expect(!json_object_object_get(sources, "timeouts.idle"), "a default has no source");
    json_object_put(sources);
}

/* Names of the author's own, in rate limits, roles, issuers and providers. */
Test(conf, reads_tables)
{
    static const struct {
        const char *text, *message; /* NULL: it loads */
    } rows[] = {
        {"identity: {roles: {admin: [a, b], user: []}}", NULL},
        {"identity: {roles: {}}", NULL},
        {"identity: {roles: [a]}", "identity.roles: wrong type"},
        {"identity: {roles: {admin: a}}", "identity.roles{}: wrong type"},
        {"identity: {roles: {admin: [1]}}", "identity.roles{}[]: wrong type"},
        {"identity: {roles: {'a b': []}}", "identity.roles: invalid name"},
        {"identity: {issuers: {a: {issuer: i, audience: b, jwks: k.json}}}", NULL},
        {"identity: {issuers: {a: {issuer: i}}}", "identity.issuers{}.audience: is required"},
        {"identity: {issuers: {a: {issuer: i, audience: b, jwsk: k}}}",
         "identity.issuers{}.jwsk: unknown key; did you mean jwks?"},
        {"identity: {issuers: {a: text}}", "identity.issuers{}: each item must be a map"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool ok = load(rows[i].text);

        cr_expect(ok == !rows[i].message, "%s", rows[i].text);
        if (!ok && rows[i].message)
            cr_expect(strstr(file.diags.items[0].message, rows[i].message), "%s: %s", rows[i].text,
                      file.diags.items[0].message);
    }
}

Test(conf, gives_a_sample_that_loads)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    conf_sample(out);
    fclose(out);
    cr_expect(load(text), "%s: %s", file.diags.count ? file.diags.items[0].where : "",
              file.diags.count ? file.diags.items[0].message : "");
    for (size_t i = 0; i < conf_key_count; i++) {
        const char *name = strrchr(conf_keys[i].path, '.');

        name = name ? name + 1 : conf_keys[i].path;
        cr_expect(strstr(name, "[]") || strstr(name, "{}") || strstr(text, name),
                  "%s is not in the sample", conf_keys[i].path);
    }
    free(text);
}
