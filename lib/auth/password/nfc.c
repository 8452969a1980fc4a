/* SPDX-License-Identifier: MIT */
#include "lib/auth/password/nfc.h"

#include <stdint.h>
#include <stdlib.h>

#include <unicase.h>
#include <uninorm.h>

#include "lib/core/text/utf8.h"

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] & 0x80)
            return false;
    return true;
}

static size_t count_points(struct slice text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += (text.data[i] & 0xc0) != 0x80;
    return n;
}

bool nfc_init(struct nfc *n, struct slice text)
{
    *n = (struct nfc){.text = text};
    if (text.len && (memchr(text.data, 0, text.len) || !utf8_is_valid(text.data, text.len)))
        return false;
    if (!is_ascii(text)) { /* ASCII is the same in every form */
        n->own = (char *)u8_normalize(UNINORM_NFC, (const uint8_t *)text.data, text.len, NULL,
                                      &n->text.len);
        if (!n->own)
            abort();
        n->text.data = n->own;
    }
    n->points = count_points(n->text);
    return true;
}

void nfc_fini(struct nfc *n)
{
    if (n->own)
        explicit_bzero(n->own, n->text.len);
    free(n->own);
    *n = (struct nfc){0};
}

bool nfc_is_same(struct slice a, struct slice b)
{
    int order;

    return u8_casecmp((const uint8_t *)a.data, a.len, (const uint8_t *)b.data, b.len, NULL,
                      UNINORM_NFC, &order) == 0 &&
           order == 0;
}
