/* SPDX-License-Identifier: MIT */
#include "lib/conf/secret.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "lib/core/memfd.h"

static void expect_secret(const char *reference, const char *want)
{
    struct diags diags = {0};
    int fd = -2;
    bool ok = secret_open(reference, &fd, &diags);

    cr_expect(ok == (want != NULL) && ok == (diags.errors == 0) && ok == (fd >= 0), "%s",
              reference);
    if (ok) {
        struct slice map = memfd_map(fd);

        cr_expect(memfd_is_sealed(fd));
        cr_expect(map.len == strlen(want) && (!map.len || memcmp(map.data, want, map.len) == 0),
                  "%s: %.*s", reference, (int)map.len, map.data);
        memfd_unmap(map);
        close(fd);
    }
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
