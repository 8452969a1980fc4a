/* SPDX-License-Identifier: MIT */
/* password.h: which passwords are accepted. */
#include <criterion/criterion.h>

#include "lib/auth/password/known_passwords.h"
#include "lib/auth/password/password.h"
#include "lib/core/buf.h"

#define E_ACUTE "\xc3\xa9"
#define E_AND_ACUTE "e\xcc\x81"
#define MILL "\xf0\x9f\x8f\xad" /* four bytes */

static enum password_fault check(const char *text)
{
    return password_check(slice_of(text), "Joan.Mill@example.com");
}

Test(password_check, judges)
{
    static const struct {
        const char *text;
        enum password_fault want;
    } rows[] = {
        {"", PASSWORD_SHORT},
        {"k7#Qz!p", PASSWORD_SHORT},
        {"k7#Qz!p9", PASSWORD_OK},
        {"        ", PASSWORD_OK},
        {"correct horse battery staple", PASSWORD_OK},
        {MILL MILL MILL MILL MILL MILL MILL, PASSWORD_SHORT},
        {MILL MILL MILL MILL MILL MILL MILL MILL, PASSWORD_OK},
        {"qqzzvv" E_ACUTE, PASSWORD_SHORT},
        {"qqzzvv" E_AND_ACUTE, PASSWORD_SHORT}, /* eight before NFC */
        {"qqzzvvx" E_AND_ACUTE, PASSWORD_OK},
        {"password", PASSWORD_COMMON},
        {"PassWord", PASSWORD_COMMON},
        {"iloveyou", PASSWORD_COMMON},
        {"qwertyuiop", PASSWORD_COMMON},
        {"12345678", PASSWORD_COMMON},
        {"Summer2026!", PASSWORD_COMMON},
        {"aaaaaaaaaa", PASSWORD_COMMON},
        {"\xe2\x84\xaa"
         "angaroo",
         PASSWORD_COMMON}, /* the sign of kelvin is a K */
        {"joan.mill@example.com", PASSWORD_PERSONAL},
        {"JOAN.MILL", PASSWORD_PERSONAL},
        {"joan.mill@", PASSWORD_OK},
        {"joan.mil", PASSWORD_OK},
        {"example.com", PASSWORD_OK},
        {"k7#Qz!p9\xff", PASSWORD_MALFORMED},
        {"k7#Qz!p9\xed\xa0\x80", PASSWORD_MALFORMED},
        {"k7#Qz!p9\xc3", PASSWORD_MALFORMED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(check(rows[i].text), rows[i].want, "row %zu: %d", i, check(rows[i].text));
    cr_expect_eq(password_check((struct slice){"k7#Qz!p\0a", 9}, NULL), PASSWORD_MALFORMED);
    cr_expect_eq(password_check((struct slice){NULL, 0}, NULL), PASSWORD_SHORT);
}

Test(password_check, knows_the_address_in_any_form)
{
    static const struct {
        const char *text, *email;
        enum password_fault want;
    } rows[] = {
        {"r" E_ACUTE "gisseur", "r" E_AND_ACUTE "gisseur@example.com", PASSWORD_PERSONAL},
        {"R\xc3\x89GISSEUR", "r" E_AND_ACUTE "gisseur@example.com", PASSWORD_PERSONAL},
        {"regisseur", "r" E_AND_ACUTE "gisseur@example.com", PASSWORD_OK},
        {"joan.mill", NULL, PASSWORD_OK},
        {"joan.mill", "", PASSWORD_OK},
        {"joan.mill", "joan.mill", PASSWORD_PERSONAL},
        {"joan.mill", "\xff@example.com", PASSWORD_OK},
        {"joan.mill", "@joan.mill", PASSWORD_OK},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(password_check(slice_of(rows[i].text), rows[i].email), rows[i].want, "row %zu",
                     i);
}

static void repeat(struct buf *b, const char *text, int times)
{
    b->len = 0;
    for (int i = 0; i < times; i++)
        buf_puts(b, text);
}

Test(password_check, counts_characters)
{
    static const struct {
        const char *text;
        int times;
        enum password_fault want;
    } rows[] = {
        {"x", 256, PASSWORD_OK},
        {"x", 257, PASSWORD_LONG},
        {MILL, 256, PASSWORD_OK},
        {MILL, 257, PASSWORD_LONG},
        {E_AND_ACUTE, 256, PASSWORD_OK},
        {E_AND_ACUTE, 257, PASSWORD_LONG},
        {"x", 4096, PASSWORD_LONG},
        {"x", 10000000, PASSWORD_LONG},
        {"\xff", 4097, PASSWORD_LONG},
        /* U+1FA7, decomposed: eight bytes that become three */
        {"\xcf\x89\xcc\x94\xcd\x82\xcd\x85", 256, PASSWORD_OK},
    };
    struct buf b = {0};

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        repeat(&b, rows[i].text, rows[i].times);
        cr_expect_eq(password_check(buf_slice(&b), NULL), rows[i].want, "row %zu", i);
    }
    buf_fini(&b);
}

Test(password_check, says_why)
{
    cr_expect(password_fault_text(PASSWORD_OK) == NULL);
    for (int i = PASSWORD_OK + 1; i < PASSWORD_FAULTS; i++)
        cr_expect(password_fault_text((enum password_fault)i) != NULL, "%d", i);
}

/* Finds every row, which proves their order; and each could be a password. */
Test(password_check, knows_three_thousand_common_ones)
{
    static const char *const rows[] = {
#define COMMON(text) text,
#include "lib/auth/password/known_passwords.def"
#undef COMMON
    };
    size_t count = sizeof(rows) / sizeof(*rows);

    cr_expect(count >= 3000, "%zu", count);
    for (size_t i = 0; i < count; i++) {
        cr_expect(known_passwords_have(slice_of(rows[i])), "%s", rows[i]);
        cr_expect(strlen(rows[i]) >= PASSWORD_MIN, "%s", rows[i]);
        cr_expect(check(rows[i]) == PASSWORD_COMMON, "%s", rows[i]);
    }
    cr_expect(!known_passwords_have(SLICE_LIT("")) && !known_passwords_have(SLICE_LIT("passwor")));
}
