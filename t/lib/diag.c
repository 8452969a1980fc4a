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
