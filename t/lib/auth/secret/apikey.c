/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/apikey.h"

#include <criterion/criterion.h>

/* Their checksums are zlib's, written apart. */
static const char *const good[] = {
    "leat_3kT9xQ2a_0123456789abcdefghijABCDEFG1yDOh9",
    "leat_00000000_0000000000000000000000000003VWrTI",
    "leat_zzzzzzzz_zzzzzzzzzzzzzzzzzzzzzzzzzzz2yIHGA",
};

Test(apikey, reads)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        struct slice id = {0};

        cr_expect(apikey_parse(slice_of(good[i]), &id), "%s", good[i]);
        cr_expect(id.data == good[i] + 5 && id.len == 8);
    }
}

/* Whatever is changed, left out or added. */
Test(apikey, refuses_damage)
{
    struct slice id;
    char text[APIKEY_TEXT + 1];

    for (size_t at = 0; at < APIKEY_TEXT - 1; at++)
        for (int c = 0; c < 256; c++) {
            strcpy(text, good[0]);
            text[at] = (char)c;
            cr_expect(apikey_parse((struct slice){text, APIKEY_TEXT - 1}, &id) ==
                          (c == (unsigned char)good[0][at]),
                      "%d at %zu", c, at);
        }
    for (size_t len = 0; len < APIKEY_TEXT - 1; len++)
        cr_expect(!apikey_parse((struct slice){good[0], len}, &id), "%zu", len);
    strcpy(text, good[0]);
    strcat(text, "0");
    cr_expect(!apikey_parse(slice_of(text), &id));
    cr_expect(!apikey_parse((struct slice){NULL, 0}, &id));
}

Test(apikey, refuses_other_characters_under_a_true_checksum)
{
    static const char *const rows[] = {
        "leat_3kT9xQ-a_0123456789abcdefghijABCDEFG2kQsV6",
        "leat_3kT9xQ2a_0123456789abcdefghijABCDEF_2DAUZh",
        "leat_3kT9xQ2a-0123456789abcdefghijABCDEFG0jnoC9",
        "Leat_3kT9xQ2a_0123456789abcdefghijABCDEFG44LoHz",
    };
    struct slice id;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect(!apikey_parse(slice_of(rows[i]), &id), "%s", rows[i]);
}

Test(apikey, makes)
{
    enum { MADE = 1000 };
    static char made[MADE][APIKEY_TEXT], ids[MADE][APIKEY_ID];
    bool seen[128] = {false};
    int letters = 0;

    for (int i = 0; i < MADE; i++) {
        struct slice id = {0};

        apikey_make(made[i], ids[i]);
        cr_expect(apikey_parse(slice_of(made[i]), &id) && slice_is(id, ids[i]), "%s", made[i]);
        for (int k = 0; k < i; k++)
            cr_expect(strcmp(made[k], made[i]) != 0 && strcmp(ids[k], ids[i]) != 0 &&
                      memcmp(made[k] + 14, made[i] + 14, 27) != 0);
        for (int k = 14; k < 41; k++)
            seen[(unsigned char)made[i][k]] = true;
    }
    for (int c = 0; c < 128; c++)
        letters += seen[c];
    cr_expect(letters == 62, "%d", letters);
}
