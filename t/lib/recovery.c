/* SPDX-License-Identifier: MIT */
#include "lib/auth/recovery.h"

#include <criterion/criterion.h>

Test(recovery, makes_codes)
{
    enum { MADE = 1000 };
    static char made[MADE][RECOVERY_TEXT];
    bool seen[128] = {false};
    int letters = 0;

    for (int i = 0; i < MADE; i++) {
        char again[RECOVERY_TEXT];

        recovery_make(made[i]);
        cr_expect(strlen(made[i]) == 11 && made[i][5] == '-', "%s", made[i]);
        cr_expect(strspn(made[i], "0123456789abcdefghjkmnpqrstvwxyz-") == 11, "%s", made[i]);
        cr_expect(recovery_normalize(slice_of(made[i]), again) && strcmp(again, made[i]) == 0);
        for (int k = 0; k < i; k++)
            cr_expect(strcmp(made[k], made[i]) != 0);
        for (const char *at = made[i]; *at; at++)
            seen[(unsigned char)*at] = true;
    }
    for (int c = 0; c < 128; c++)
        letters += seen[c];
    cr_expect(letters == 33, "%d", letters); /* all of the alphabet, and the dash */
}

Test(recovery, reads_what_people_type)
{
    static const struct {
        const char *text, *want; /* NULL: none */
    } rows[] = {
        {"abcde-fghjk", "abcde-fghjk"},
        {"ABCDE-FGHJK", "abcde-fghjk"},
        {"abcdefghjk", "abcde-fghjk"},
        {" ab cde - fghjk ", "abcde-fghjk"},
        {"--ab-cd-ef-gh-jk--", "abcde-fghjk"},
        {"iIlLo-01234", "11110-01234"},
        {"O0O0O-LiLi1", "00000-11111"},
        {"abcde-fghj", NULL},
        {"abcde-fghjkm", NULL},
        {"abcde-fghju", NULL},
        {"abcde_fghjk", NULL},
        {"abcde-fghj\xc3\xa4", NULL},
        {"abcde-fghjk\n", NULL},
        {"", NULL},
        {"-----------", NULL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char out[RECOVERY_TEXT];
        bool is_code = recovery_normalize(slice_of(rows[i].text), out);

        cr_expect(is_code == (rows[i].want != NULL), "%s", rows[i].text);
        if (is_code && rows[i].want)
            cr_expect_str_eq(out, rows[i].want);
    }
    cr_expect(!recovery_normalize((struct slice){"abcde\0fghjk", 11}, (char[RECOVERY_TEXT]){0}));
}
