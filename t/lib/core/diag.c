/* SPDX-License-Identifier: MIT */
#include "lib/core/diag.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

static char *print(const struct diags *d)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    diags_print(d, out);
    fclose(out);
    return text;
}

Test(diag, collects_and_prints)
{
    struct diags d = {0};
    char where[] = "a.yaml:1:2", *text;

    diag_error(&d, where, "%s %d", "bad", 1);
    where[0] = 'x';
    diag_warn(&d, NULL, "odd");
    cr_expect(d.count == 2 && d.errors == 1);
    text = print(&d);
    cr_expect_str_eq(text, "a.yaml:1:2: bad 1\nwarning: odd\n");
    free(text);
    diags_fini(&d);
    cr_expect(!d.count && !d.errors && !d.items);
}

Test(diag, sorts_by_place)
{
    static const char *const in[] = {"b.yaml:1:1", "a.yaml:10:1", "a.yaml:9:20",
                                     "a.yaml:9:3", "a.yaml",      "a.yaml.d:1:1",
                                     "a.yaml:9",   "a.yaml:9:3",  NULL};
    static const char *const want[] = {NULL,          "a.yaml",       "a.yaml:9",
                                       "a.yaml:9:3",  "a.yaml:9:3",   "a.yaml:9:20",
                                       "a.yaml:10:1", "a.yaml.d:1:1", "b.yaml:1:1"};
    struct diags d = {0};

    for (size_t i = 0; i < 9; i++)
        diag_error(&d, in[i], "%zu", i);
    diags_sort(&d);
    for (size_t i = 0; i < 9; i++)
        cr_expect(want[i] ? d.items[i].where && strcmp(d.items[i].where, want[i]) == 0
                          : !d.items[i].where,
                  "%zu: %s", i, d.items[i].where);
    cr_expect_str_eq(d.items[3].message, "3", "ties stay as they were added");
    cr_expect_str_eq(d.items[4].message, "7");
    diags_fini(&d);
}

/* A path may hold a colon. */
Test(diag, sorts_files_with_colons)
{
    struct diags d = {0};

    diag_error(&d, "/c:d/a.yaml:10:1", "second");
    diag_error(&d, "/c:d/a.yaml:9:1", "first");
    diags_sort(&d);
    cr_expect_str_eq(d.items[0].message, "first");
    diags_fini(&d);
}

/* More than one would sort by hand, each place told of twice and in two orders. */
Test(diag, sorts_many)
{
    enum { MANY = DIAGS_MAX };
    struct diags diags = {0};
    char where[32];

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(where, sizeof(where), "f:%u:1", i * 619 % MANY + 1);
        diag_warn(&diags, where, "first");
        diag_error(&diags, where, "second");
    }
    diags_sort(&diags);
    cr_assert_eq(diags.count, 2 * MANY);
    for (unsigned i = 0; i < MANY; i++) {
        snprintf(where, sizeof(where), "f:%u:1", i + 1);
        cr_expect_str_eq(diags.items[2 * i].where, where);
        cr_expect_str_eq(diags.items[2 * i].message, "first");
        cr_expect_str_eq(diags.items[2 * i + 1].message, "second");
    }
    diags_fini(&diags);
}

/* A hostile file has a million mistakes: some of each level are told, and the others counted. */
Test(diag, keeps_no_more_than_it_may)
{
    struct diags d = {0};
    char *text;

    for (int i = 0; i < 3 * DIAGS_MAX; i++)
        diag_warn(&d, "a.yaml:1:1", "warning %d", i);
    for (int i = 0; i < DIAGS_MAX + 7; i++)
        diag_error(&d, "a.yaml:2:1", "error %d", i);
    for (int i = 0; i < 2; i++) {
        cr_expect(d.count == 2 * (DIAGS_MAX + 1) && d.errors == DIAGS_MAX + 7);
        diags_sort(&d);
    }
    text = print(&d);
    cr_expect(strstr(text, ": error 999\n") && !strstr(text, ": error 1000\n"));
    cr_expect(strstr(text, "there are more errors than the 1000 shown\n"));
    cr_expect(strstr(text, "warning: there are more warnings than the 1000 shown\n"));
    free(text);
    diags_fini(&d);
}
