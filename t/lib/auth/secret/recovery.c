/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/recovery.h"

#include <criterion/criterion.h>

#define CODE "abcdef-ghjkmn-pqrstv-wxyz23"

Test(recovery, makes_codes)
{
    enum { MADE = 1000 };
    static char made[MADE][RECOVERY_TEXT];
    bool seen[128] = {false};
    int letters = 0;

    for (int i = 0; i < MADE; i++) {
        char again[RECOVERY_TEXT];

        recovery_make(made[i]);
        cr_expect(strlen(made[i]) == 27 && made[i][6] == '-' && made[i][13] == '-' &&
                      made[i][20] == '-',
                  "%s", made[i]);
        cr_expect(strspn(made[i], "0123456789abcdefghjkmnpqrstvwxyz-") == 27, "%s", made[i]);
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
        {CODE, CODE},
        {"ABCDEF-GHJKMN-PQRSTV-WXYZ23", CODE},
        {"abcdefghjkmnpqrstvwxyz23", CODE},
        {" ab cdef - ghj kmn pqrs tvwxyz23 ", CODE},
        {"--ab-cd-ef-gh-jk-mn-pq-rs-tv-wx-yz-23--", CODE},
        {"iIlLoO-01234O-LiLi10-abcdef", "111100-012340-111110-abcdef"},
        {"abcdef-ghjkmn-pqrstv-wxyz2", NULL},
        {CODE "4", NULL},
        {"abcdef-ghjkmn-pqrstv-wxyz2u", NULL},
        {"abcdef_ghjkmn-pqrstv-wxyz23", NULL},
        {"abcdef-ghjkmn-pqrstv-wxyz2\xc3\xa4", NULL},
        {CODE "\n", NULL},
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
    cr_expect(!recovery_normalize((struct slice){"abcdef\0ghjkmn-pqrstv-wxyz23", 27},
                                  (char[RECOVERY_TEXT]){0}));
}
