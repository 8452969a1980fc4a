/* SPDX-License-Identifier: MIT */
#include "lib/core/fault.h"

#include <string.h>

#include <criterion/criterion.h>

Test(fault, has_a_text_and_no_place)
{
    struct fault f = {.has_offset = true};

    cr_expect(!fault_set(&f, "%s is %d", "seven", 7));
    cr_expect_str_eq(f.text, "seven is 7");
    cr_expect(!f.has_offset && fault_is_set(&f));
    fault_clear(&f);
    cr_expect(!fault_is_set(&f));
}

Test(fault, may_have_a_place)
{
    struct fault f;

    cr_expect(!fault_set_at(&f, 12, "unexpected %c", ')'));
    cr_expect_str_eq(f.text, "unexpected )");
    cr_expect(f.has_offset && f.offset == 12);
}

Test(fault, says_what_was_being_done)
{
    struct fault f;

    fault_set_at(&f, 3, "no key");
    cr_expect(!fault_add_context(&f, "keys[%d]", 4));
    cr_expect(!fault_add_context(&f, "identity"));
    cr_expect_str_eq(f.text, "identity: keys[4]: no key");
    cr_expect(f.has_offset && f.offset == 3);
}

Test(fault, is_cut_to_fit)
{
    struct fault f;
    char longer[2 * FAULT_TEXT];

    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '\0';
    fault_set(&f, "%s", longer);
    cr_expect(strlen(f.text) == FAULT_TEXT - 1);
    fault_add_context(&f, "context");
    cr_expect(strlen(f.text) == FAULT_TEXT - 1 && strncmp(f.text, "context: xx", 11) == 0);
    fault_add_context(&f, "%s", longer);
    cr_expect(strlen(f.text) == FAULT_TEXT - 1);
}
