/* SPDX-License-Identifier: MIT */
#include "lib/conf/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "lib/core/system/memfd.h"

/* {"secret": reference}, as conf_load() would have made it. */
static struct json_object *config_of(const char *reference)
{
    struct json_object *config = json_object_new_object();

    if (reference)
        json_object_object_add(config, "secret", json_object_new_string(reference));
    return config;
}

static void expect_secret(const char *reference, const char *want)
{
    struct json_object *config = config_of(reference);
    struct diags diags = {0};
    int fd = -2;
    bool ok = secret_collect(config, &fd, &diags);

    cr_expect(ok == (want != NULL) && ok == (diags.errors == 0) && ok == (fd >= 0), "%s",
              reference);
    if (ok) {
        struct slice map = memfd_map(fd), found = secret_find(map, reference);

        cr_expect(memfd_is_sealed(fd));
        cr_expect(reference ? slice_is(found, want) : !found.data, "%s: %.*s", reference,
                  (int)found.len, found.data);
        cr_expect(!secret_find(map, "env:OTHER").data);
        memfd_unmap(map);
        close(fd);
    }
    json_object_put(config);
    diags_fini(&diags);
}

Test(secret, reads_the_environment)
{
    setenv("UNIT_SECRET", "0123456789abcdef", 1);
    expect_secret("env:UNIT_SECRET", "0123456789abcdef");
    setenv("UNIT_SECRET", "short", 1);
    expect_secret("env:UNIT_SECRET", NULL);
    unsetenv("UNIT_SECRET");
    expect_secret("env:UNIT_SECRET", NULL);
    expect_secret(NULL, "");
}

Test(secret, reads_files)
{
    static const struct {
        const char *text, *want;
    } rows[] = {{"0123456789abcdef", "0123456789abcdef"},
                {"0123456789abcdef\n", "0123456789abcdef"},
                {"0123456789abcdef\r\n", "0123456789abcdef"},
                {"0123456789abcdef \n", "0123456789abcdef "},
                {"0123456789abcde\n", NULL},
                {"\n", NULL},
                {"", NULL}};
    char path[] = "/tmp/leat-unit-secret-XXXXXX", reference[64], *longest = calloc(1, 5000);
    int fd = mkstemp(path);

    snprintf(reference, sizeof(reference), "file:%s", path);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        cr_assert(ftruncate(fd, 0) == 0);
        cr_assert(pwrite(fd, rows[i].text, strlen(rows[i].text), 0) ==
                  (ssize_t)strlen(rows[i].text));
        expect_secret(reference, rows[i].want);
    }
    memset(longest, 'x', 4096);
    longest[4096] = '\n';
    cr_assert(pwrite(fd, longest, 4096, 0) == 4096);
    expect_secret(reference, (longest[4096] = '\0', longest));
    cr_assert(pwrite(fd, "\n", 1, 4096) == 1);
    expect_secret(reference, longest); /* the line end does not belong to it */
    cr_assert(pwrite(fd, "xx", 2, 4096) == 2);
    expect_secret(reference, NULL);
    unlink(path);
    expect_secret(reference, NULL);
    free(longest);
    close(fd);
}

Test(secret, collects_all_references_once)
{
    struct json_object *config = json_tokener_parse(
        "{\"secret\": \"env:UNIT_SECRET\", \"listen\": [{\"address\": \"a\"}, {\"tls\":"
        " {\"certificates\": [{\"certificate\": \"env:UNIT_PEM\", \"key\": \"env:UNIT_PEM\"}],"
        " \"client-ca\": \"env:UNIT_CA\"}}]}");
    struct diags diags = {0};
    struct slice map;
    int fd;

    setenv("UNIT_SECRET", "0123456789abcdef", 1);
    setenv("UNIT_PEM", "a certificate", 1);
    setenv("UNIT_CA", "an authority", 1);
    cr_assert(secret_collect(config, &fd, &diags));
    map = memfd_map(fd);
    cr_expect(slice_is(secret_find(map, "env:UNIT_SECRET"), "0123456789abcdef"));
    cr_expect(slice_is(secret_find(map, "env:UNIT_PEM"), "a certificate"));
    cr_expect(slice_is(secret_find(map, "env:UNIT_CA"), "an authority"));
    memfd_unmap(map);
    close(fd);
    unsetenv("UNIT_CA");
    cr_expect(!secret_collect(config, &fd, &diags) && fd == -1 && diags.errors == 1);
    cr_expect(strstr(diags.items[0].message, "listen[].tls.client-ca: the environment variable"));
    json_object_put(config);
    diags_fini(&diags);
}

Test(secret, finds_nothing_in_nothing)
{
    cr_expect(!secret_find((struct slice){NULL, 0}, "env:A").data);
    cr_expect(!secret_find(SLICE_LIT(""), "env:A").data && !secret_find(SLICE_LIT(""), NULL).data);
}
