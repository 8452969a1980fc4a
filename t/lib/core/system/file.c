/* SPDX-License-Identifier: MIT */
#include "lib/core/system/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

Test(file, reads_up_to_a_limit)
{
    char path[] = "/tmp/leat-unit-file-XXXXXX";
    struct buf text = {0};
    int fd = mkstemp(path);
    char *large = calloc(1, 40000);
    struct fault fault = {0};

    cr_expect(file_read(path, 0, &text) && text.len == 0, "an empty file");
    cr_assert(write(fd, large, 40000) == 40000);
    buf_puts(&text, "before");
    cr_expect(file_read(path, 40000, &text) && text.len == 40006 &&
              memcmp(text.data, "before", 6) == 0);
    errno = 0;
    cr_expect(!file_read(path, 39999, &text) && errno == EFBIG);
    cr_expect(!file_read_regular(path, 39999, &text, &fault));
    cr_expect_str_eq(fault.text, "is larger than 39999 bytes");
    unlink(path);
    errno = 0;
    cr_expect(!file_read(path, 1, &text) && errno == ENOENT);
    errno = 0;
    cr_expect(!file_read("/tmp", 1, &text) && errno == EISDIR);
    buf_fini(&text);
    free(large);
    close(fd);
}

Test(file, finds_its_neighbour)
{
    static const struct {
        const char *base, *path, *want;
    } rows[] = {{"/etc/leat.yaml", "a.db", "/etc/a.db"},
                {"/etc/leat.yaml", "/a", "/a"},
                {"leat.yaml", "a", "a"},
                {"x/leat.yaml", "../a", "x/../a"},
                {"/leat.yaml", "a", "/a"}};
    struct arena arena = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_str_eq(file_beside(&arena, rows[i].base, rows[i].path), rows[i].want);
    arena_fini(&arena);
}

Test(file, makes_parents)
{
    char folder[] = "/tmp/leat-unit-file-XXXXXX", path[96], *longest = calloc(1, 9000);

    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a//b/c.db", folder);
    cr_expect(file_make_parent(path) && access(path, F_OK) != 0);
    cr_expect(file_make_parent(path), "they may be there already");
    snprintf(path, sizeof(path), "%s/a/b", folder);
    cr_expect(rmdir(path) == 0);
    snprintf(path, sizeof(path), "%s/a", folder);
    cr_expect(rmdir(path) == 0);
    rmdir(folder);
    cr_expect(file_make_parent("plain"));
    memset(longest, 'x', 8999);
    cr_expect(!file_make_parent(longest) && errno == ENAMETOOLONG);
    cr_expect(!file_make_parent("/proc/nothing/x"));
    free(longest);
}

/* A file where a folder should be. */
Test(file, does_not_take_a_file_for_a_folder)
{
    char file[] = "/tmp/leat-unit-file-XXXXXX", path[64];
    int fd = mkstemp(file);

    snprintf(path, sizeof(path), "%s/a.db", file);
    cr_expect(!file_make_parent(path), "the parent is no folder");
    unlink(file);
    close(fd);
}
