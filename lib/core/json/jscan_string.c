/* SPDX-License-Identifier: MIT */
/* JSON strings (RFC 8259, 7). Strings without escapes, which are most, are not copied. */
#include "lib/core/json/jscan.h"

#include <string.h>

#include "lib/core/text/utf8.h"

static bool read_hex4(struct jscan *s, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, s->at++) {
        char c = s->at < s->end ? *s->at : 0;

        if (c >= '0' && c <= '9')
            *out = *out << 4 | (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *out = *out << 4 | (unsigned)((c | 32) - 'a' + 10);
        else
            return jscan_fail(s, "\\u needs four hexadecimal digits");
    }
    return true;
}

static bool read_unicode_escape(struct jscan *s)
{
    unsigned high, low;

    if (!read_hex4(s, &high))
        return false;
    if (high >= 0xdc00 && high < 0xe000)
        return jscan_fail(s, "unpaired low surrogate");
    if (high >= 0xd800 && high < 0xdc00) {
        if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
            return jscan_fail(s, "unpaired high surrogate");
        s->at += 2;
        if (!read_hex4(s, &low))
            return false;
        if (low < 0xdc00 || low >= 0xe000)
            return jscan_fail(s, "unpaired high surrogate");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    utf8_put(&s->text, high);
    return true;
}

static bool read_escape(struct jscan *s)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (s->at == s->end)
        return jscan_fail(s, "unterminated string");
    if (*s->at == 'u') {
        s->at++;
        return read_unicode_escape(s);
    }
    name = *s->at ? strchr(names, *s->at) : NULL;
    if (!name)
        return jscan_fail(s, "invalid escape");
    buf_putc(&s->text, values[name - names]);
    s->at++;
    return true;
}

/* Returns a word with `byte` in each of its bytes. */
static uint64_t each(unsigned char byte)
{
    return UINT64_C(0x0101010101010101) * byte;
}

/* Returns nonzero if a byte of the word is below `limit`, which is at most 0x80. Bytes beyond ASCII
 * may match too. */
static uint64_t any_below(uint64_t word, unsigned char limit)
{
    return (word - each(limit)) & ~word & each(0x80);
}

/* Skips ASCII that needs no treatment, eight bytes at a time. */
static const char *skip_ascii(const char *at, const char *end)
{
    for (; end - at >= 8; at += 8) {
        uint64_t word;

        memcpy(&word, at, 8);
        if ((word & each(0x80)) || any_below(word, 0x20) || any_below(word ^ each('"'), 1) ||
            any_below(word ^ each('\\'), 1))
            break;
    }
    while (at < end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' &&
           *at != '\\')
        at++;
    return at;
}

/* Skips all characters that need no treatment. */
static bool skip_plain(struct jscan *s)
{
    for (;;) {
        size_t n;

        s->at = skip_ascii(s->at, s->end);
        if (s->at == s->end || (unsigned char)*s->at < 0x80)
            return true;
        n = utf8_sequence(s->at, (size_t)(s->end - s->at));
        if (!n)
            return jscan_fail(s, "invalid UTF-8");
        s->at += n;
    }
}

static bool end_string(struct jscan *s, struct slice text, struct slice *out)
{
    s->at++;
    s->is_unescaped = s->text.len > 0;
    *out = text;
    return true;
}

bool jscan_string(struct jscan *s, struct slice *out)
{
    const char *run = s->at;

    s->text.len = 0;
    while (skip_plain(s)) {
        struct slice plain = {run, (size_t)(s->at - run)};

        if (s->at == s->end)
            return jscan_fail(s, "unterminated string");
        if (*s->at == '"' && !s->text.len)
            return end_string(s, plain, out);
        buf_put(&s->text, plain.data, plain.len);
        if (*s->at == '"')
            return end_string(s, buf_slice(&s->text), out);
        if (*s->at != '\\')
            return jscan_fail(s, "unescaped control character in a string");
        s->at++;
        if (!read_escape(s))
            return false;
        run = s->at;
    }
    return false;
}
