/* SPDX-License-Identifier: MIT */
#include "lib/auth/password/known_passwords.h"

#include <ctype.h>
#include <stdlib.h>

/* Rows of fixed width need no pointers, so that all processes share one copy. */
enum { COMMON_TEXT = 21 };

static const char common[][COMMON_TEXT] = {
#define COMMON(text) text,
#include "lib/auth/password/known_passwords.def"
#undef COMMON
};

static int compare_hashes(const void *key, const void *row)
{
    return strcmp(key, row);
}

bool known_passwords_have(struct slice password)
{
    char key[COMMON_TEXT] = "";
    bool is_there;

    if (password.len >= sizeof(key))
        return false;
    for (size_t i = 0; i < password.len; i++)
        key[i] = (char)tolower((unsigned char)password.data[i]);
    is_there =
        bsearch(key, common, sizeof(common) / sizeof(*common), sizeof(*common), compare_hashes);
    explicit_bzero(key, sizeof(key));
    return is_there;
}
