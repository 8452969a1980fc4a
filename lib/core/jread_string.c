/* SPDX-License-Identifier: MIT */
/* The strings of JSON (RFC 8259, 7). Those without escapes, most of them, are not copied. */
#include "lib/core/jreader.h"

#include <string.h>

#include "lib/core/utf8.h"

bool jreader_fail(struct jreader *r, const char *message)
{
    r->message = message;
    return false;
}

static bool read_hex4(struct jreader *r, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        char c = r->at < r->end ? *r->at : 0;

        if (c >= '0' && c <= '9')
            *out = *out << 4 | (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            *out = *out << 4 | (unsigned)((c | 32) - 'a' + 10);
        else
            return jreader_fail(r, "four hexadecimal digits must follow \\u");
    }
    return true;
}

static bool read_unicode_escape(struct jreader *r, bool is_key)
{
    unsigned high, low;

    if (!read_hex4(r, &high))
        return false;
    if (high >= 0xdc00 && high < 0xe000)
        return jreader_fail(r, "a low surrogate without its high one");
    if (high >= 0xd800 && high < 0xdc00) {
        if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u')
            return jreader_fail(r, "a high surrogate without its low one");
        r->at += 2;
        if (!read_hex4(r, &low))
            return false;
        if (low < 0xdc00 || low >= 0xe000)
            return jreader_fail(r, "a high surrogate without its low one");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    if (high == 0 && is_key)
        buf_put(&r->text, "\xc0\x80", 2);
    else
        utf8_put(&r->text, high);
    return true;
}

static bool read_escape(struct jreader *r, bool is_key)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (r->at == r->end)
        return jreader_fail(r, "the string does not end");
    if (*r->at == 'u') {
        r->at++;
        return read_unicode_escape(r, is_key);
    }
    name = *r->at ? strchr(names, *r->at) : NULL;
    if (!name)
        return jreader_fail(r, "no such escape in JSON");
    buf_putc(&r->text, values[name - names]);
    r->at++;
    return true;
}

/* Goes over what stands for itself. */
static bool skip_plain(struct jreader *r)
{
    while (r->at < r->end) {
        unsigned char c = (unsigned char)*r->at;
        size_t n = c < 0x80 ? 1 : utf8_sequence(r->at, (size_t)(r->end - r->at));

        if (c < 0x20 || c == '"' || c == '\\')
            return true;
        if (!n)
            return jreader_fail(r, "invalid UTF-8");
        r->at += n;
    }
    return true;
}

static bool end_string(struct jreader *r, struct slice text, struct slice *out)
{
    r->at++;
    *out = text;
    return true;
}

/* Reads the string behind an opening quote. *out lies in the input, in r->text if it has escapes.
 */
bool jreader_string(struct jreader *r, bool is_key, struct slice *out)
{
    const char *run = r->at;

    r->text.len = 0;
    while (skip_plain(r)) {
        struct slice plain = {run, (size_t)(r->at - run)};

        if (r->at == r->end)
            return jreader_fail(r, "the string does not end");
        if (*r->at == '"' && !r->text.len)
            return end_string(r, plain, out);
        buf_put(&r->text, plain.data, plain.len);
        if (*r->at == '"')
            return end_string(r, buf_slice(&r->text), out);
        if (*r->at != '\\')
            return jreader_fail(r, "a control character in a string must be escaped");
        r->at++;
        if (!read_escape(r, is_key))
            return false;
        run = r->at;
    }
    return false;
}
