/* SPDX-License-Identifier: MIT */
/*
 * Reads a text from the front: each function takes what its name says from *rest, in one pass and
 * never past the end. A function that returns false may have taken a part, but then the whole text
 * is invalid.
 */
#ifndef LEAT_SCHEMA_SCAN_H
#define LEAT_SCHEMA_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/core/slice.h"

enum scan_class {
    SCAN_DIGIT = 1,
    SCAN_HEX = 2,
    SCAN_ALPHA = 4,
    SCAN_HYPHEN = 8,
    SCAN_UNRESERVED = 16, /* RFC 3986, 2.3 */
    SCAN_SUB_DELIM = 32,  /* RFC 3986, 2.2 */
    SCAN_COLON = 64,
    SCAN_AT = 128,
    SCAN_SLASH = 256,
    SCAN_QUESTION = 512,
    SCAN_SCHEME = 1024,   /* RFC 3986, 3.1, after the first letter */
    SCAN_ATEXT = 2048,    /* RFC 5322, 3.2.3 */
    SCAN_LITERAL = 4096,  /* RFC 6570, 2.1, with erratum 6937 */
    SCAN_BASE64 = 8192,   /* RFC 4648, 4 */
    SCAN_VARCHAR = 16384, /* RFC 6570, 2.3 */
    /* The following take more than one byte. */
    SCAN_ESCAPED = 32768,   /* %xx: RFC 3986, 2.1 */
    SCAN_UCSCHAR = 65536,   /* RFC 3987, 2.2, less the bidirectional controls (4.1) */
    SCAN_IPRIVATE = 131072, /* RFC 3987, 2.2 */
};

struct scan_range {
    uint32_t first, last;
};

/* Returns true if one of the ranges, which must be in ascending order, contains c. */
bool scan_is_within(uint32_t c, const struct scan_range *ranges, size_t count);

/* Takes the longest run of characters in these classes and returns its length in bytes. */
size_t scan_run(struct slice *rest, unsigned classes);
/* Takes `count` digits that form a number of at most `most`. */
bool scan_number(struct slice *rest, size_t count, unsigned most, unsigned *value);

static inline bool scan_char(struct slice *rest, char c)
{
    if (!rest->len || *rest->data != c)
        return false;
    rest->data++, rest->len--;
    return true;
}

/* Takes a letter in either case; `lower` is its lower-case form. */
static inline bool scan_letter(struct slice *rest, char lower)
{
    return scan_char(rest, lower) || scan_char(rest, (char)(lower - 'a' + 'A'));
}

#endif
