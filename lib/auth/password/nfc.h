/* SPDX-License-Identifier: MIT */
/* Unicode normalization form C (UAX 15) for secrets: everything allocated is wiped. */
#ifndef LEAT_AUTH_PASSWORD_NFC_H
#define LEAT_AUTH_PASSWORD_NFC_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

struct nfc {
    struct slice text;
    size_t points; /* number of code points */

    char *own; /* NULL if `text` is the input itself */
};

/* Normalizes `text`, which is borrowed. Returns false, with nothing to free, if it is not UTF-8 or
 * holds U+0000. */
bool nfc_init(struct nfc *n, struct slice text);
void nfc_fini(struct nfc *n);
/* Returns true if two UTF-8 texts are equal apart from case and normalization form. */
bool nfc_is_same(struct slice a, struct slice b);

#endif
