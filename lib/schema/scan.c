/* SPDX-License-Identifier: MIT */
#include "lib/schema/scan.h"

#include "lib/core/text/utf8.h"

enum {
    ALNUM = SCAN_UNRESERVED | SCAN_SCHEME | SCAN_ATEXT | SCAN_LITERAL | SCAN_BASE64 | SCAN_VARCHAR,
    DELIM = SCAN_SUB_DELIM | SCAN_LITERAL,
};

static const uint16_t classes_of[256] = {
    ['0' ... '9'] = ALNUM | SCAN_DIGIT | SCAN_HEX,
    ['A' ... 'F'] = ALNUM | SCAN_ALPHA | SCAN_HEX,
    ['G' ... 'Z'] = ALNUM | SCAN_ALPHA,
    ['a' ... 'f'] = ALNUM | SCAN_ALPHA | SCAN_HEX,
    ['g' ... 'z'] = ALNUM | SCAN_ALPHA,
    ['-'] = SCAN_UNRESERVED | SCAN_SCHEME | SCAN_ATEXT | SCAN_LITERAL | SCAN_HYPHEN,
    ['.'] = SCAN_UNRESERVED | SCAN_SCHEME | SCAN_LITERAL,
    ['_'] = SCAN_UNRESERVED | SCAN_ATEXT | SCAN_LITERAL | SCAN_VARCHAR,
    ['~'] = SCAN_UNRESERVED | SCAN_ATEXT | SCAN_LITERAL,
    ['!'] = DELIM | SCAN_ATEXT,
    ['$'] = DELIM | SCAN_ATEXT,
    ['&'] = DELIM | SCAN_ATEXT,
    ['\''] = DELIM | SCAN_ATEXT,
    ['*'] = DELIM | SCAN_ATEXT,
    ['='] = DELIM | SCAN_ATEXT,
    ['+'] = DELIM | SCAN_ATEXT | SCAN_SCHEME | SCAN_BASE64,
    ['('] = DELIM,
    [')'] = DELIM,
    [','] = DELIM,
    [';'] = DELIM,
    [':'] = SCAN_COLON | SCAN_LITERAL,
    ['@'] = SCAN_AT | SCAN_LITERAL,
    ['/'] = SCAN_SLASH | SCAN_LITERAL | SCAN_ATEXT | SCAN_BASE64,
    ['?'] = SCAN_QUESTION | SCAN_LITERAL | SCAN_ATEXT,
    ['#'] = SCAN_LITERAL | SCAN_ATEXT,
    ['['] = SCAN_LITERAL,
    [']'] = SCAN_LITERAL,
    ['%'] = SCAN_ATEXT,
    ['^'] = SCAN_ATEXT,
    ['`'] = SCAN_ATEXT,
    ['{'] = SCAN_ATEXT,
    ['|'] = SCAN_ATEXT,
    ['}'] = SCAN_ATEXT,
};

/* U+200E, U+200F and U+202A to U+202E are left out: RFC 3987, 4.1 forbids what its 2.2 allows. */
static const struct scan_range ucschar[] = {
    {0xa0, 0x200d},     {0x2010, 0x2029},   {0x202f, 0xd7ff},   {0xf900, 0xfdcf},
    {0xfdf0, 0xffef},   {0x10000, 0x1fffd}, {0x20000, 0x2fffd}, {0x30000, 0x3fffd},
    {0x40000, 0x4fffd}, {0x50000, 0x5fffd}, {0x60000, 0x6fffd}, {0x70000, 0x7fffd},
    {0x80000, 0x8fffd}, {0x90000, 0x9fffd}, {0xa0000, 0xafffd}, {0xb0000, 0xbfffd},
    {0xc0000, 0xcfffd}, {0xd0000, 0xdfffd}, {0xe1000, 0xefffd},
};
static const struct scan_range iprivate[] = {
    {0xe000, 0xf8ff}, {0xf0000, 0xffffd}, {0x100000, 0x10fffd}};

bool scan_is_within(uint32_t c, const struct scan_range *ranges, size_t count)
{
    size_t low = 0;

    while (low < count) {
        size_t middle = low + (count - low) / 2;

        if (c < ranges[middle].first)
            count = middle;
        else if (c > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

/* Decodes a sequence whose length utf8_sequence() has determined. */
static uint32_t decode_character(const char *text, size_t size)
{
    uint32_t c = (unsigned char)text[0] & (0xffu >> (size + 1));

    for (size_t i = 1; i < size; i++)
        c = c << 6 | ((unsigned char)text[i] & 63);
    return c;
}

static size_t wide_size(struct slice rest, unsigned classes)
{
    size_t size = utf8_sequence(rest.data, rest.len);
    uint32_t c = size ? decode_character(rest.data, size) : 0;

    if (((classes & SCAN_UCSCHAR) &&
         scan_is_within(c, ucschar, sizeof(ucschar) / sizeof(*ucschar))) ||
        ((classes & SCAN_IPRIVATE) &&
         scan_is_within(c, iprivate, sizeof(iprivate) / sizeof(*iprivate))))
        return size;
    return 0;
}

static bool is_hex(char c)
{
    return classes_of[(unsigned char)c] & SCAN_HEX;
}

/* Returns the bytes of the first character, or 0 if it is in none of the classes. */
static size_t char_size(struct slice rest, unsigned classes)
{
    unsigned char c = (unsigned char)rest.data[0];

    if (classes_of[c] & classes)
        return 1;
    if (c == '%' && (classes & SCAN_ESCAPED))
        return rest.len >= 3 && is_hex(rest.data[1]) && is_hex(rest.data[2]) ? 3 : 0;
    if (c >= 0x80 && (classes & (SCAN_UCSCHAR | SCAN_IPRIVATE)))
        return wide_size(rest, classes);
    return 0;
}

size_t scan_run(struct slice *rest, unsigned classes)
{
    size_t before = rest->len, size;

    while (rest->len && (size = char_size(*rest, classes))) {
        rest->data += size;
        rest->len -= size;
    }
    return before - rest->len;
}

bool scan_number(struct slice *rest, size_t count, unsigned most, unsigned *value)
{
    *value = 0;
    for (; count; count--) {
        if (!rest->len || *rest->data < '0' || *rest->data > '9')
            return false;
        *value = *value * 10 + (unsigned)(*rest->data - '0');
        rest->data++, rest->len--;
    }
    return *value <= most;
}
