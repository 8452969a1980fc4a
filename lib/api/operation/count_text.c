/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/count_text.h"

int64_t count_text_read(struct slice text)
{
    struct slice digits = text, word = slice_cut(&digits, '(');
    int64_t n = 0;

    if (slice_is(text, "exact"))
        return INT64_MAX;
    if (!slice_is(word, "capped") || !digits.len || digits.data[--digits.len] != ')')
        return 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return 0;
        n = n * 10 + digits.data[i] - '0';
        if (n > COUNT_TEXT_MAX)
            return 0;
    }
    return n;
}
