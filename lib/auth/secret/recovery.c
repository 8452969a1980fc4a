/* SPDX-License-Identifier: MIT */
#include "lib/auth/secret/recovery.h"

#include <ctype.h>

#include "lib/core/text/uuid.h"

enum { GROUP = 6, DIGITS = 24 };

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

static void put_digit(char *out, size_t digit, char c)
{
    out[digit + digit / GROUP] = c;
}

static void frame(char out[static RECOVERY_TEXT])
{
    for (int at = GROUP; at < RECOVERY_TEXT - 1; at += GROUP + 1)
        out[at] = '-';
    out[RECOVERY_TEXT - 1] = '\0';
}

void recovery_make(char out[static RECOVERY_TEXT])
{
    unsigned char bytes[DIGITS];

    random_bytes(bytes, sizeof(bytes));
    for (size_t i = 0; i < DIGITS; i++)
        put_digit(out, i, alphabet[bytes[i] & 31]);
    frame(out);
    explicit_bzero(bytes, sizeof(bytes));
}

/* Returns the digit that the character stands for, or 0 if none. */
static char read_digit(char c)
{
    c = (char)tolower((unsigned char)c);
    c = (char)(c == 'i' || c == 'l' ? '1' : c == 'o' ? '0' : c);
    return strchr(alphabet, c) ? c : '\0';
}

bool recovery_normalize(struct slice text, char out[static RECOVERY_TEXT])
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c == '-' || c == ' ')
            continue;
        c = read_digit(c);
        if (!c || count == DIGITS)
            return false;
        put_digit(out, count++, c);
    }
    frame(out);
    return count == DIGITS;
}
