/* SPDX-License-Identifier: MIT */
#include "lib/core/reason.h"

#include <string.h>

#include <criterion/criterion.h>

Test(reason, each_has_a_word_of_its_own)
{
    for (int r = REASON_NONE + 1; r < REASON_COUNT; r++) {
        const char *word = reason_word((enum reason)r);

        cr_expect(*word && strspn(word, "abcdefghijklmnopqrstuvwxyz-") == strlen(word), "%s", word);
        for (int other = REASON_NONE; other < r; other++)
            cr_expect(strcmp(word, reason_word((enum reason)other)) != 0, "%s", word);
    }
}

Test(reason, errors_are_reasons_by_their_names)
{
    cr_expect_str_eq(reason_word(reason_of(ERR_BAD_JSON)), "bad-json");
    cr_expect_str_eq(reason_word(reason_of(ERR_STORAGE)), "storage");
    cr_expect_str_eq(reason_word(reason_of(OK)), "");
    cr_expect(reason_of(ERR_STORAGE) == REASON_STORAGE && REASON_STORAGE < REASON_BAD_HOST);
}
