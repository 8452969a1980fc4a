/* SPDX-License-Identifier: MIT */
#include "lib/api/operation/spelling.h"

#include <ctype.h>
#include <string.h>

#include "lib/core/slice.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Returns the length of the character at `at`, which is UTF-8. */
static size_t character(const char *at)
{
    size_t n = 1;

    while (((unsigned char)at[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Compares the whole declared name with the whole of `name`. */
static bool matches(struct slice declared, struct slice name)
{
    while (declared.len && name.len) {
        size_t n = character(declared.data);

        if (n <= name.len && memcmp(declared.data, name.data, n) == 0) {
            name.data += n, name.len -= n;
        } else if (!is_word(*declared.data) && *name.data == '_') {
            name.data++, name.len--;
        } else {
            return false;
        }
        declared.data += n, declared.len -= n;
    }
    return !declared.len && !name.len;
}

/* Removes what is not part of a word from both ends, and '_' from the front. Bytes beyond ASCII
 * stay: they may be letters. */
static struct slice trim(const char *declared)
{
    struct slice s = slice_of(declared);

    while (s.len && (signed char)*s.data > 0 && (!is_word(*s.data) || *s.data == '_'))
        s.data++, s.len--;
    while (s.len && (signed char)s.data[s.len - 1] > 0 && !is_word(s.data[s.len - 1]))
        s.len--;
    return s;
}

bool spelling_matches(const char *declared, const char *name)
{
    return matches(slice_of(declared), slice_of(name)) || matches(trim(declared), slice_of(name));
}
