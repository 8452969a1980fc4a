/* SPDX-License-Identifier: MIT */
/* Unicode's normalization form C (UAX 15), for secrets: what it allocates is wiped. */
#ifndef LEAT_AUTH_PASSWORD_NFC_H
#define LEAT_AUTH_PASSWORD_NFC_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/core/slice.h"

struct nfc {
    struct slice text;
    size_t points; /* code points of it */

    char *own; /* NULL where `text` is what was given */
};

/* False: no UTF-8, or U+0000 in it; then there is nothing to free. `text` is borrowed. */
bool nfc_init(struct nfc *n, struct slice text);
void nfc_fini(struct nfc *n);
/* Whether two texts of UTF-8 are the same but for case and form. */
bool nfc_is_same(struct slice a, struct slice b);

#endif
