/* SPDX-License-Identifier: MIT */
/* Decides which passwords are accepted. There are no rules of composition: length and rarity
 * count. */
#include "lib/auth/password/password.h"

#include "lib/auth/password/known_passwords.h"
#include "lib/auth/password/nfc.h"

static const char *const texts[PASSWORD_FAULTS] = {
    [PASSWORD_MALFORMED] = "must be a string without U+0000",
    [PASSWORD_SHORT] = "must have at least 8 characters",
    [PASSWORD_LONG] = "must have at most 256 characters",
    [PASSWORD_COMMON] = "is one of the most common passwords",
    [PASSWORD_PERSONAL] = "must not be the e-mail address",
};

const char *password_fault_text(enum password_fault fault)
{
    return texts[fault];
}

static bool is_address(struct slice text, const char *email)
{
    struct slice rest = slice_of(email);

    return nfc_is_same(text, rest) || nfc_is_same(text, slice_cut(&rest, '@'));
}

static enum password_fault judge(const struct nfc *n, const char *email)
{
    if (n->points < PASSWORD_MIN)
        return PASSWORD_SHORT;
    if (n->points > PASSWORD_MAX)
        return PASSWORD_LONG;
    if (known_passwords_have(n->text))
        return PASSWORD_COMMON;
    return email && is_address(n->text, email) ? PASSWORD_PERSONAL : PASSWORD_OK;
}

enum password_fault password_check(struct slice text, const char *email)
{
    enum password_fault fault;
    struct nfc n;

    if (text.len > PASSWORD_TEXT)
        return PASSWORD_LONG;
    if (!nfc_init(&n, text))
        return PASSWORD_MALFORMED;
    fault = judge(&n, email);
    nfc_fini(&n);
    return fault;
}
